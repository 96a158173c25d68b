/** The work's result, unless it takes too long. @param late what the rejection says then */
export function within<T>(work: Promise<T>, millis: number, late: string): Promise<T> {
  if (millis === Infinity) return work;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(late)), millis).unref();
  });
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer));
}
