/** The longest delay that a Node.js timer takes, in milliseconds; a longer one would fire at once. */
const MAX_DELAY_MILLIS = 2 ** 31 - 1;

/**
 * Returns the result of `work`, or rejects with `message` after `millis` milliseconds. The work itself goes on; what it
 * resolves to or rejects with afterwards is ignored. The timer does not keep the process alive.
 *
 * @param millis `Infinity` waits without a limit
 */
export function withTimeout<T>(work: Promise<T>, millis: number, message: string): Promise<T> {
  if (millis > MAX_DELAY_MILLIS) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), millis).unref();
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
