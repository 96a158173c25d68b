/** How timed work ended. */
export type Outcome = 'success' | 'error';

/**
 * Starts a clock that does not jump when the wall clock is set.
 *
 * @returns a function that gives the seconds since the start, each time it is called
 * @example
 * const seconds = startTimer();
 * schedule(job);
 * hodei.recordSchedulingLatency(seconds());
 */
export function startTimer(): () => number {
  const start = performance.now();
  return () => (performance.now() - start) / 1000;
}

/**
 * Runs work and tells `done` how long it took and how it ended, also when it fails. What the work returns or throws is
 * passed on unchanged.
 *
 * @example
 * const row = await time(() => store.get(key), (seconds) => processor.recordStateOperation('get', 'redis', seconds));
 */
export async function time<T>(
  work: () => T | PromiseLike<T>,
  done: (seconds: number, outcome: Outcome) => void,
): Promise<T> {
  const seconds = startTimer();
  let outcome: Outcome = 'error';
  try {
    const result = await work();
    outcome = 'success';
    return result;
  } finally {
    done(seconds(), outcome);
  }
}

/** {@link time} for work that is done when it returns. */
export function timeSync<T>(work: () => T, done: (seconds: number, outcome: Outcome) => void): T {
  const seconds = startTimer();
  let outcome: Outcome = 'error';
  try {
    const result = work();
    outcome = 'success';
    return result;
  } finally {
    done(seconds(), outcome);
  }
}
