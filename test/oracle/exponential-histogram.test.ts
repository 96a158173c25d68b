import {
  AggregationType,
  type ExponentialHistogram,
  MeterProvider as StockMeterProvider,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { CUMULATIVE, DELTA, TestReader } from '../engine/readers';

/** Values of every size, those at the edges of buckets included. */
const value = fc.oneof(
  fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true }),
  fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
  fc.integer({ min: -1074, max: 1023 }).map((exponent) => 2 ** exponent),
  fc.constantFrom(1, 2, 4, 1.5, 0.1, 1e-310, 2 ** -1022),
);
const signed = fc.tuple(value, fc.boolean()).map(([size, isNegative]) => (isNegative ? -size : size));

type Kind = 'createHistogram' | 'createUpDownCounter';

/** Records batches, with a collection of both readers after each, and returns every point. */
async function run(
  Provider: typeof MeterProvider | typeof StockMeterProvider,
  kind: Kind,
  batches: readonly (readonly number[])[],
  maxSize: number,
  recordMinMax: boolean,
): Promise<ExponentialHistogram[]> {
  const readers = [new TestReader(CUMULATIVE), new TestReader(DELTA)];
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize, recordMinMax } } as const;
  const provider = new Provider({ readers, views: [{ instrumentName: 'h', aggregation }] });
  const instrument = provider.getMeter('m')[kind]('h');
  const seen: ExponentialHistogram[] = [];
  for (const batch of batches) {
    for (const each of batch) {
      if ('record' in instrument && kind === 'createHistogram') instrument.record(each);
      else (instrument as { add(value: number): void }).add(each);
    }
    for (const reader of readers)
      seen.push(...(await reader.points('h')).map((point) => point.value as ExponentialHistogram));
  }
  return seen;
}

/** Sums may differ in rounding, as deltas are added in another order. */
const withoutSum = (points: ExponentialHistogram[]) => points.map(({ sum: _sum, ...point }) => point);

describe('Exponential histograms and those of the stock SDK', () => {
  // Where one of two parts has no positive or no negative values, the stock SDK merges them at too small a scale.
  it.each<[Kind, fc.Arbitrary<number>, number]>([
    ['createHistogram', value, 4],
    ['createUpDownCounter', signed, 1],
  ])(
    'have the same buckets, scale, counts, minimum and maximum for random values (%s)',
    async (kind, values, maxLength) => {
      const batches = fc.array(fc.array(values, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength });
      await fc.assert(
        fc.asyncProperty(
          batches,
          fc.constantFrom(2, 3, 8, 20, 160),
          fc.boolean(),
          async (given, maxSize, recordMinMax) => {
            const own = await run(MeterProvider, kind, given, maxSize, recordMinMax);
            const stock = await run(StockMeterProvider, kind, given, maxSize, recordMinMax);
            expect(withoutSum(own)).toStrictEqual(withoutSum(stock));
          },
        ),
        { numRuns: 1500 },
      );
    },
  );

  it('Exponential histograms add up to the count of measurements, whatever the values, zeros included', async () => {
    const any = fc.oneof(value, fc.constant(0));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(any, { maxLength: 30 }), { maxLength: 5 }), async (batches) => {
        const points = await run(MeterProvider, 'createHistogram', batches, 160, true);
        for (const { count, zeroCount, positive, scale } of points) {
          expect(positive.bucketCounts.reduce((sum, each) => sum + each, zeroCount)).toBe(count);
          expect(positive.bucketCounts.length).toBeLessThanOrEqual(160);
          expect(scale).toBeLessThanOrEqual(20);
        }
      }),
      { numRuns: 300 },
    );
  });
});
