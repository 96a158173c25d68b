/** A classic histogram at one moment, as Prometheus serves it. */
export interface CumulativeBuckets {
  /** The finite upper bounds, in ascending order. */
  readonly bounds: readonly number[];
  /** For each bound, and last for +Inf, the number of values at or below it. */
  readonly counts: readonly number[];
}

/**
 * Returns how much a counter grew between two readings, as PromQL's `increase()` without extrapolation: a counter that went
 * back was reset, so that all of its value is new.
 */
export function counterIncrease(before: number, now: number): number {
  return now >= before ? now - before : now;
}

/**
 * Estimates a quantile as PromQL's `histogram_quantile` does: values are spread evenly within a bucket, the lowest bucket
 * begins at 0 if its bound is above 0, and a quantile in the +Inf bucket is the highest finite bound.
 *
 * @param quantile from 0 to 1
 * @returns NaN when the histogram has no values or no finite bound
 */
export function histogramQuantile(quantile: number, { bounds, counts }: CumulativeBuckets): number {
  const total = counts.at(-1) ?? 0;
  const highest = bounds.at(-1);
  if (!(total > 0) || highest === undefined) return Number.NaN;
  const rank = quantile * total;
  const i = counts.findIndex((count) => count >= rank);
  const bound = bounds[i];
  if (bound === undefined) return highest;
  if (i === 0 && bound <= 0) return bound;
  const lower = bounds[i - 1] ?? 0;
  const below = counts[i - 1] ?? 0;
  const inBucket = (counts[i] ?? 0) - below;
  return inBucket === 0 ? bound : lower + (bound - lower) * ((rank - below) / inBucket);
}
