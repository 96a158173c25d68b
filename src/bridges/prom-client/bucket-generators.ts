/**
 * Returns `count` bounds: `start`, and each further one greater by `width`.
 *
 * @throws Error if `count` is less than 1
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  if (count < 1) throw new Error('Linear buckets needs a positive count');
  return Array.from({ length: count }, (_, i) => start + i * width);
}

/**
 * Returns `count` bounds: `start`, and each further one greater by `factor` times.
 *
 * @throws Error if `start` is not above 0, `factor` is not above 1 or `count` is less than 1
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  if (start <= 0) throw new Error('Exponential buckets needs a positive start');
  if (count < 1) throw new Error('Exponential buckets needs a positive count');
  if (factor <= 1) throw new Error('Exponential buckets needs a factor greater than 1');
  const buckets: number[] = [];
  for (let bound = start; buckets.length < count; bound *= factor) buckets.push(bound);
  return buckets;
}
