import {
  AggregationType,
  type DataPoint,
  type ExponentialHistogram,
  type Histogram,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeExponentialHistograms, mergeHistograms } from '../../src/collection/merge-points';

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  async read<T>(): Promise<T> {
    const { resourceMetrics } = await this.collect();
    const points = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ dataPoints }) => dataPoints as DataPoint<T>[]),
    );
    return (points[0] as DataPoint<T>).value;
  }
}

type HistogramAggregation =
  | { type: AggregationType.EXPONENTIAL_HISTOGRAM }
  | { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM };

/** Returns what the stock SDK aggregates from measurements. */
async function aggregateWithStock<T>(values: readonly number[], aggregation: HistogramAggregation): Promise<T> {
  const reader = new ManualReader();
  const provider = new MeterProvider({ readers: [reader], views: [{ instrumentName: '*', aggregation }] });
  // An up-down counter may record negative values; its histogram has no sum.
  const instrument = provider.getMeter('test').createUpDownCounter('h');
  for (const value of values) instrument.add(value);
  const histogram = await reader.read<T>();
  await provider.shutdown();
  return histogram;
}

/** Returns the histograms of two sets of measurements, and the one of all of them. */
function aggregateParts<T>(first: readonly number[], second: readonly number[], aggregation: HistogramAggregation) {
  const all = [first, second, [...first, ...second]];
  return Promise.all(all.map((values) => aggregateWithStock<T>(values, aggregation))) as Promise<[T, T, T]>;
}

/** Values over a wide range, so that scales differ between intervals. 0 has no sign, which minima would show. */
const value = fc
  .oneof(
    fc.constant(0),
    fc.integer({ min: -100, max: 100 }),
    fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
    fc.double({ min: -10, max: 10, noNaN: true }),
  )
  .map((number) => number + 0);
const interval = fc.array(value, { minLength: 1, maxLength: 40 });

/** Returns a histogram with its buckets as a map from index to count, since their layout may differ. */
function canonical({ positive, negative, ...rest }: ExponentialHistogram) {
  const counts = ({ offset, bucketCounts }: ExponentialHistogram['positive']) =>
    bucketCounts.flatMap((count, i) => (count === 0 ? [] : [[offset + i, count]]));
  return { ...rest, positive: counts(positive), negative: counts(negative) };
}

describe('mergeExponentialHistograms', () => {
  it('mergeExponentialHistograms returns what the stock SDK aggregates from all measurements', async () => {
    await fc.assert(
      fc.asyncProperty(interval, interval, async (first, second) => {
        const [a, b, whole] = await aggregateParts<ExponentialHistogram>(first, second, {
          type: AggregationType.EXPONENTIAL_HISTOGRAM,
        });
        const merged = mergeExponentialHistograms(a, b);
        expect(canonical(merged)).toEqual(canonical(whole));
        expect(canonical(mergeExponentialHistograms(b, a))).toEqual(canonical(whole));
      }),
    );
  });

  it('mergeExponentialHistograms lowers the scale until each sign fits into the maximum number of buckets, and loses no count', () => {
    const a = { ...EMPTY, count: 2, scale: 3, positive: { offset: -9, bucketCounts: [1, 0, 1] } };
    const b = { ...EMPTY, count: 3, scale: 5, positive: { offset: 100, bucketCounts: [3] } };
    expect(mergeExponentialHistograms(a, b, 4)).toEqual({
      count: 5,
      scale: -1,
      zeroCount: 0,
      positive: { offset: -1, bucketCounts: [2, 0, 3] },
      negative: { offset: 0, bucketCounts: [] },
    });
  });

  it('mergeExponentialHistograms keeps a histogram as it is when the other one has no measurements', () => {
    const a = { ...EMPTY, count: 1, sum: 2, min: 2, max: 2, scale: 4, positive: { offset: 15, bucketCounts: [1] } };
    expect(mergeExponentialHistograms(a, { ...EMPTY, sum: 0, scale: 20 })).toEqual(a);
  });
});

const EMPTY: ExponentialHistogram = {
  count: 0,
  scale: 20,
  zeroCount: 0,
  positive: { offset: 0, bucketCounts: [] },
  negative: { offset: 0, bucketCounts: [] },
};

describe('mergeHistograms', () => {
  it('mergeHistograms returns what the stock SDK aggregates from all measurements', async () => {
    await fc.assert(
      fc.asyncProperty(interval, interval, async (first, second) => {
        const [a, b, whole] = await aggregateParts<Histogram>(first, second, {
          type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        });
        expect(mergeHistograms(a, b)).toEqual(whole);
      }),
    );
  });

  it('mergeHistograms adds sums if both histograms have one', () => {
    const buckets = { boundaries: [1], counts: [1, 0] };
    expect(mergeHistograms({ buckets, count: 1, sum: 0.5 }, { buckets, count: 1, sum: 0.25 })?.sum).toBe(0.75);
    expect(mergeHistograms({ buckets, count: 1, sum: 0.5 }, { buckets, count: 1 })?.sum).toBeUndefined();
  });

  it('mergeHistograms returns undefined if the boundaries differ', () => {
    const a = { buckets: { boundaries: [1], counts: [1, 0] }, count: 1 };
    const b = { buckets: { boundaries: [2], counts: [1, 0] }, count: 1 };
    expect(mergeHistograms(a, b)).toBeUndefined();
  });
});
