import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';

/** One side of an exponential histogram: the counts of consecutive buckets, the first of which has the index `offset`. */
export type ExponentialBuckets = ExponentialHistogram['positive'];

/** Returns buckets at a lower scale: `2 ** steps` neighbours become one (OpenTelemetry data model, "Exponential Scale"). */
export function downscale({ offset, bucketCounts }: ExponentialBuckets, steps: number): ExponentialBuckets {
  if (steps === 0) return { offset, bucketCounts };
  const width = 2 ** steps;
  const first = Math.floor(offset / width);
  const merged: number[] = [];
  bucketCounts.forEach((count, i) => {
    const index = Math.floor((offset + i) / width) - first;
    merged[index] = (merged[index] ?? 0) + count;
  });
  return { offset: first, bucketCounts: merged };
}
