/** The longest delay of a timer; Node.js runs timers with a longer one at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** Work that did not complete in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Waits for work, but not longer than a time.
 *
 * @param millis no limit if `undefined`
 * @throws TimeoutError with the message. The work goes on, and its result is ignored.
 */
export async function withTimeout<T>(work: Promise<T>, millis: number | undefined, message: string): Promise<T> {
  if (millis === undefined || millis >= MAX_DELAY) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimeoutError(message)), Math.max(0, millis));
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
