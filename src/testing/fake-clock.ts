import { invalidValue } from '../issues';

/** 2026-01-01T00:00:00Z. */
const DEFAULT_START = Date.UTC(2026, 0, 1);

/**
 * A clock whose time changes only when it is advanced. Given to `startTestSdk`, it sets the start times of series, and timers
 * record exactly the time that it was advanced by.
 *
 * @example
 * const clock = new FakeClock();
 * const sdk = startTestSdk({ clock });
 * const timer = duration.startTimer();
 * clock.advance(1500);
 * timer.stop(); // records 1.5 seconds
 */
export class FakeClock {
  private elapsed = 0;

  /** @param start the time at the start, in milliseconds since 1970; 2026-01-01T00:00:00Z by default */
  constructor(private readonly start: number = DEFAULT_START) {}

  /** Returns the time in milliseconds since 1970. */
  now(): number {
    return this.start + this.elapsed;
  }

  /**
   * Advances the clock.
   *
   * @param millis milliseconds, finite and at least 0
   * @throws RangeError for any other value
   */
  advance(millis: number): void {
    if (!Number.isFinite(millis) || millis < 0) {
      throw new RangeError(invalidValue('milliseconds', millis, 'a finite number of at least 0').message);
    }
    this.elapsed += millis;
  }

  /**
   * Makes `performance.now()`, which measures durations, return the time of this clock.
   *
   * @returns a function that undoes this, unless it was replaced again since
   * @internal
   */
  install(): () => void {
    const previous = Object.getOwnPropertyDescriptor(performance, 'now');
    const now = () => this.elapsed;
    Object.defineProperty(performance, 'now', { value: now, configurable: true, writable: true });
    return () => {
      if (performance.now !== now) return;
      if (previous === undefined) Reflect.deleteProperty(performance, 'now');
      else Object.defineProperty(performance, 'now', previous);
    };
  }
}
