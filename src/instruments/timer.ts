// `Disposable` must be known to users whose `lib` is older; the reference becomes a part of the declarations.
/// <reference lib="esnext.disposable" preserve="true" />

import { isThenable } from './thenable';

/** How timed work ended. */
export type Outcome = 'success' | 'error';

/** What timed work returns: a promise if the work is asynchronous. */
export type Timed<R> = R extends PromiseLike<infer T> ? Promise<T> : R;

/** A timer that has the labels `G` of the labels `A` of its histogram. It is disposable if no label is missing. */
export type HistogramTimer<A, G> = {
  /**
   * Records the seconds since the start. Only the first call records.
   *
   * @param labels the labels that are missing, and replacements of those given at the start
   * @returns the recorded seconds
   */
  stop(
    ...labels: Exclude<keyof A, keyof G> extends never ? [labels?: Partial<A>] : [labels: Omit<A, keyof G> & Partial<A>]
  ): number;
} & (Exclude<keyof A, keyof G> extends never ? Disposable : unknown);

/** Records a duration when it is stopped, once. */
export class Timer {
  private readonly elapsed = stopwatch();
  private seconds: number | undefined;

  /** @param record receives the seconds and the labels that were given to {@link stop} */
  constructor(private readonly record: (seconds: number, labels: object | undefined) => void) {}

  stop(labels?: object): number {
    if (this.seconds === undefined) {
      this.seconds = this.elapsed();
      this.record(this.seconds, labels);
    }
    return this.seconds;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

/**
 * Starts a clock that is independent of changes of the system time. It only reads; {@link HistogramTimer} records.
 *
 * @returns a function that returns the seconds since the start
 * @example
 * const seconds = stopwatch();
 * schedule(job);
 * hodei.recordSchedulingLatency(seconds());
 */
export function stopwatch(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}

/**
 * Runs a function and passes its duration and its outcome to `done`, also if the function fails. If it returns a promise,
 * `done` is called when the promise settles.
 *
 * @param done receives the seconds, the outcome, and on success what the function returned; must not throw
 * @returns what the function returns; a promise stays the same object
 * @throws what the function throws
 * @example
 * const row = await measure(() => store.get(key), (seconds) => processor.recordStateOperation('get', 'redis', seconds));
 */
export function measure<R>(
  work: () => R,
  done: (seconds: number, outcome: Outcome, value?: Awaited<R>) => void,
): Timed<R> {
  const seconds = stopwatch();
  let result: R;
  try {
    result = work();
  } catch (error) {
    done(seconds(), 'error');
    throw error;
  }
  if (!isThenable(result)) {
    done(seconds(), 'success', result as Awaited<R>);
    return result as Timed<R>;
  }
  // A thenable that starts its work in `then`, as query builders do, must be run once: the caller gets the promise of it.
  const promise = Promise.resolve(result);
  promise.then(
    (value) => done(seconds(), 'success', value as Awaited<R>),
    () => done(seconds(), 'error'),
  );
  return promise as Timed<R>;
}
