import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';

/** The maximum number of buckets per sign of an exponential histogram (Metrics SDK, Base2 Exponential Bucket Histogram, `MaxSize`). */
const MAX_BUCKETS = 160;

/**
 * Returns the histogram of the measurements of all, or undefined if their boundaries differ. `sum`, `min` and `max` are
 * present if each histogram with measurements has them.
 */
export function mergeHistograms(first: Histogram, ...others: readonly Histogram[]): Histogram | undefined {
  const { boundaries } = first.buckets;
  const counts = [...first.buckets.counts];
  let totals: Totals = first;
  for (const other of others) {
    const { buckets } = other;
    if (boundaries !== buckets.boundaries && !areEqual(boundaries, buckets.boundaries)) return undefined;
    for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] as number) + (buckets.counts[i] ?? 0);
    totals = mergeTotals(totals, other);
  }
  return { ...totals, buckets: { boundaries, counts } };
}

function areEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

/**
 * Returns the histogram of the measurements of both (Metrics Data Model, ExponentialHistogram: Merging). The result has
 * the largest scale at which neither sign needs more than `maxBuckets` buckets; counts are never split or lost.
 *
 * @param maxBuckets the maximum number of buckets for positive and for negative values each, at least 2
 */
export function mergeExponentialHistograms(
  a: ExponentialHistogram,
  b: ExponentialHistogram,
  maxBuckets = MAX_BUCKETS,
): ExponentialHistogram {
  // A histogram without buckets, which has zeros at most, has any scale.
  const scales = [a, b].filter(hasBuckets).map(({ scale }) => scale);
  const lowest = scales.length === 0 ? Math.min(a.scale, b.scale) : Math.min(...scales);
  const positive = [
    { ...a.positive, shift: a.scale - lowest },
    { ...b.positive, shift: b.scale - lowest },
  ];
  const negative = [
    { ...a.negative, shift: a.scale - lowest },
    { ...b.negative, shift: b.scale - lowest },
  ];
  const down = Math.max(findDownscale(positive, maxBuckets), findDownscale(negative, maxBuckets));
  return {
    ...mergeTotals(a, b),
    scale: lowest - down,
    zeroCount: a.zeroCount + b.zeroCount,
    positive: mergeBuckets(positive, down),
    negative: mergeBuckets(negative, down),
  };
}

function hasBuckets({ positive, negative }: ExponentialHistogram): boolean {
  const isUsed = (count: number) => count > 0;
  return positive.bucketCounts.some(isUsed) || negative.bucketCounts.some(isUsed);
}

/** The buckets of one sign, and by how many powers of two their indexes must be scaled down to the common scale. */
interface ShiftedBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly number[];
  readonly shift: number;
}

/** Returns the first and the last index in use at the common scale, or undefined if all counts are 0. */
function findRange(parts: readonly ShiftedBuckets[]): { low: number; high: number } | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const { offset, bucketCounts, shift } of parts) {
    bucketCounts.forEach((count, i) => {
      if (count === 0) return;
      low = Math.min(low, (offset + i) >> shift);
      high = Math.max(high, (offset + i) >> shift);
    });
  }
  return low === Infinity ? undefined : { low, high };
}

function findDownscale(parts: readonly ShiftedBuckets[], maxBuckets: number): number {
  const range = findRange(parts);
  if (range === undefined) return 0;
  let down = 0;
  while ((range.high >> down) - (range.low >> down) >= maxBuckets) down++;
  return down;
}

function mergeBuckets(parts: readonly ShiftedBuckets[], down: number): { offset: number; bucketCounts: number[] } {
  const range = findRange(parts);
  if (range === undefined) return { offset: 0, bucketCounts: [] };
  const low = range.low >> down;
  const merged = new Array<number>((range.high >> down) - low + 1).fill(0);
  for (const { offset, bucketCounts, shift } of parts) {
    bucketCounts.forEach((count, i) => {
      if (count !== 0)
        merged[((offset + i) >> (shift + down)) - low] = (merged[((offset + i) >> (shift + down)) - low] ?? 0) + count;
    });
  }
  return { offset: low, bucketCounts: merged };
}

/** The statistics that both kinds of histogram have. */
interface Totals {
  count: number;
  sum?: number;
  min?: number;
  max?: number;
}

function mergeTotals(a: Totals, b: Totals): Totals {
  const totals: Totals = { count: a.count + b.count };
  if (a.sum !== undefined && b.sum !== undefined) totals.sum = a.sum + b.sum;
  // A histogram without measurements has neither minimum nor maximum.
  const first = a.count > 0 ? a : b;
  const second = b.count > 0 ? b : a;
  if (first.min !== undefined && second.min !== undefined) totals.min = Math.min(first.min, second.min);
  if (first.max !== undefined && second.max !== undefined) totals.max = Math.max(first.max, second.max);
  return totals;
}
