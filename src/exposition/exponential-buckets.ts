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

/** Returns the sum of two exponential histograms, at the lower of their scales. */
export function addExponential(a: ExponentialHistogram, b: ExponentialHistogram): ExponentialHistogram {
  const scale = Math.min(a.scale, b.scale);
  const side = (name: 'positive' | 'negative') =>
    addBuckets(downscale(a[name], a.scale - scale), downscale(b[name], b.scale - scale));
  return {
    count: a.count + b.count,
    ...(a.sum === undefined || b.sum === undefined ? {} : { sum: a.sum + b.sum }),
    scale,
    zeroCount: a.zeroCount + b.zeroCount,
    positive: side('positive'),
    negative: side('negative'),
  };
}

function addBuckets(a: ExponentialBuckets, b: ExponentialBuckets): ExponentialBuckets {
  if (a.bucketCounts.length === 0) return b;
  if (b.bucketCounts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const end = Math.max(a.offset + a.bucketCounts.length, b.offset + b.bucketCounts.length);
  const bucketCounts = Array.from(
    { length: end - offset },
    (_, i) => (a.bucketCounts[i + offset - a.offset] ?? 0) + (b.bucketCounts[i + offset - b.offset] ?? 0),
  );
  return { offset, bucketCounts };
}
