import { MAX_TIMER_MILLIS, withTimeout } from '../timeout';

/** A point in time that several steps in a row must not exceed together. */
export class Deadline {
  private readonly end: number;

  /**
   * @param millis the time from now, in milliseconds; at most {@link MAX_TIMER_MILLIS}
   * @param keepsProcessAlive whether the process waits for the deadline while it has nothing else to do
   */
  constructor(
    millis: number,
    private readonly keepsProcessAlive: boolean,
  ) {
    this.end = performance.now() + Math.min(millis, MAX_TIMER_MILLIS);
  }

  /** Returns the deadline halfway to this one. */
  half(): Deadline {
    return new Deadline(this.remainingMillis / 2, this.keepsProcessAlive);
  }

  /** The time left, in whole milliseconds. At least 1, because many interfaces take 0 for no limit. */
  get remainingMillis(): number {
    return Math.max(Math.floor(this.end - performance.now()), 1);
  }

  /**
   * Returns the result of the work if it completes in time.
   *
   * @param what the work, as the subject of the message
   * @throws TimeoutError (as a rejection) at the deadline; the work continues and its result is ignored
   */
  race<T>(work: Promise<T>, what: string): Promise<T> {
    const { remainingMillis, keepsProcessAlive } = this;
    return withTimeout(work, remainingMillis, `${what} timed out`, { keepsProcessAlive });
  }
}
