/** The longest delay of a Node.js timer, in milliseconds (about 24.8 days). A timer with a longer one fires at once. */
export const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** Work did not complete in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** Options of {@link withTimeout}. */
interface Options {
  /**
   * Whether the process waits for the timer while it has nothing else to do. Needed where the app awaits the result: Node.js
   * ends a process that awaits only what no timer or connection can settle. `false` by default.
   */
  readonly keepsProcessAlive?: boolean;
}

/**
 * Returns the result of work that completes in time.
 *
 * @param millis no limit if it is `undefined` or longer than {@link MAX_TIMER_MILLIS}
 * @throws TimeoutError (as a rejection) with the message. The work continues, and its result is ignored
 */
export function withTimeout<T>(
  work: Promise<T>,
  millis: number | undefined,
  message: string,
  { keepsProcessAlive = false }: Options = {},
): Promise<T> {
  if (millis === undefined || millis > MAX_TIMER_MILLIS) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(message)), millis);
    if (!keepsProcessAlive) timer.unref();
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
