/** The longest delay of a Node.js timer, in milliseconds (about 24.8 days). A timer with a longer one fires at once. */
export const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** A point in time that several steps in a row must not exceed together. Its timers do not keep the process alive. */
export class Deadline {
  private readonly end: number;

  /** @param millis the time from now, in milliseconds; at most {@link MAX_TIMER_MILLIS} */
  constructor(millis: number) {
    this.end = performance.now() + Math.min(millis, MAX_TIMER_MILLIS);
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
    const millis = this.remainingMillis;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new TimeoutError(`${what} timed out`)), millis).unref();
    });
    return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
  }
}

/** Work did not complete before its deadline. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}
