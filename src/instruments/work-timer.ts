// `Disposable` must be known to users whose `lib` is older; the reference becomes a part of the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import { stopwatch } from './timer';

/**
 * A timer of work that a facade records. It records once: when it is stopped, or, if it was declared with `using`, when its
 * block is left by a return or an exception.
 *
 * @typeParam O how the work ended; `void` if only its duration is recorded
 * @example
 * using timer = streamProcessor.startEventProcessing();
 * if (isOld(event)) return timer.stop('dropped');
 * handle(event); // An exception is recorded as `error`.
 * timer.stop('success');
 */
export class WorkTimer<O = void> implements Disposable {
  private readonly elapsed = stopwatch();
  private seconds: number | undefined;

  /**
   * @param record receives the seconds since the start and how the work ended
   * @param abandoned how work ended whose timer is disposed and was not stopped
   */
  constructor(
    private readonly record: (seconds: number, ended: O) => void,
    private readonly abandoned: NoInfer<O>,
  ) {}

  /**
   * Records the seconds since the start. Only the first call records.
   *
   * @param ended how the work ended
   * @returns the recorded seconds
   */
  stop(ended: O): number {
    if (this.seconds === undefined) {
      this.seconds = this.elapsed();
      this.record(this.seconds, ended);
    }
    return this.seconds;
  }

  /** Stops the timer of work that has not ended in a known way: as an error, where errors are recorded. */
  [Symbol.dispose](): void {
    this.stop(this.abandoned);
  }
}
