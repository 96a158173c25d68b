import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CollectedPoint } from '../../src/collection/points';
import { DeltaRetention } from '../../src/otlp/delta-retention';

const { DELTA, CUMULATIVE } = AggregationTemporality;

interface Stream {
  readonly name?: string;
  readonly type?: DataPointType;
  readonly temporality?: AggregationTemporality;
  readonly points: readonly (Partial<CollectedPoint> & { readonly attributes: Attributes })[];
}

/** Returns a collection of the second that ends at `second`. */
function collection(second: number, ...streams: readonly Stream[]): ResourceMetrics {
  const metrics = streams.map(({ name = 'm', type = DataPointType.SUM, temporality = DELTA, points }) => ({
    descriptor: { name, description: '', unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: temporality,
    dataPointType: type,
    isMonotonic: true,
    dataPoints: points.map((point) => ({
      startTime: [second - 1, 0] as HrTime,
      endTime: [second, 0] as HrTime,
      value: 1,
      ...point,
    })),
  })) as MetricData[];
  return { resource: emptyResource(), scopeMetrics: [{ scope: { name: 'test' }, metrics }] };
}

const EMPTY: ResourceMetrics = { resource: emptyResource(), scopeMetrics: [] };

function points(metrics: ResourceMetrics, name = 'm'): CollectedPoint[] {
  return metrics.scopeMetrics.flatMap(({ metrics: all }) =>
    all
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as CollectedPoint[]),
  );
}

function values(metrics: ResourceMetrics, name = 'm'): [Attributes, unknown][] {
  return points(metrics, name).map(({ attributes, value }) => [attributes, value]);
}

/** Returns the merged result of exports that all failed. */
function retain(limit: number, ...collections: readonly ResourceMetrics[]): ResourceMetrics {
  const retention = new DeltaRetention(limit);
  let merged = EMPTY;
  for (const each of collections) {
    merged = retention.addTo(each);
    retention.keep(merged);
  }
  return merged;
}

describe('DeltaRetention', () => {
  it('kept deltas add sums up per attribute set, over the time of all intervals', () => {
    const merged = retain(
      10,
      collection(1, { points: [{ attributes: { a: 1, b: 2 }, value: 5 }] }),
      collection(2, {
        points: [
          { attributes: { b: 2, a: 1 }, value: 7 },
          { attributes: { a: '1', b: 2 }, value: 1 },
        ],
      }),
    );
    expect(points(merged)).toEqual([
      { attributes: { a: 1, b: 2 }, value: 12, startTime: [0, 0], endTime: [2, 0] },
      { attributes: { a: '1', b: 2 }, value: 1, startTime: [1, 0], endTime: [2, 0] },
    ]);
  });

  it('kept deltas take the newest value of a gauge, and keep one that was not set again', () => {
    const merged = retain(
      10,
      collection(1, {
        type: DataPointType.GAUGE,
        points: [
          { attributes: { x: 1 }, value: 3 },
          { attributes: { x: 2 }, value: 4 },
        ],
      }),
      collection(2, { type: DataPointType.GAUGE, points: [{ attributes: { x: 1 }, value: 1 }] }),
    );
    expect(values(merged)).toEqual([
      [{ x: 1 }, 1],
      [{ x: 2 }, 4],
    ]);
  });

  it('kept deltas add histograms up, and export those with other boundaries apart', () => {
    const histogram = (boundaries: number[], counts: number[]) => ({
      buckets: { boundaries, counts },
      count: counts.reduce((total, count) => total + count),
      sum: 1,
    });
    const stream = (value: ReturnType<typeof histogram>) => ({
      type: DataPointType.HISTOGRAM,
      points: [{ attributes: {}, value }],
    });
    const merged = retain(
      10,
      collection(1, stream(histogram([1], [1, 2]))),
      collection(2, stream(histogram([1], [3, 0]))),
      collection(3, stream(histogram([5], [1, 0]))),
    );
    expect(values(merged)).toEqual([
      [{}, { buckets: { boundaries: [1], counts: [4, 2] }, count: 6, sum: 2 }],
      [{}, { buckets: { boundaries: [5], counts: [1, 0] }, count: 1, sum: 1 }],
    ]);
  });

  it('kept deltas merge exponential histograms across scales', () => {
    const histogram = (scale: number, offset: number) => ({
      count: 1,
      sum: 1,
      scale,
      zeroCount: 0,
      positive: { offset, bucketCounts: [1] },
      negative: { offset: 0, bucketCounts: [] },
    });
    const stream = (scale: number, offset: number) => ({
      type: DataPointType.EXPONENTIAL_HISTOGRAM,
      points: [{ attributes: {}, value: histogram(scale, offset) }],
    });
    expect(values(retain(10, collection(1, stream(2, 8)), collection(2, stream(1, 5))))).toEqual([
      [{}, { ...histogram(1, 4), count: 2, sum: 2, positive: { offset: 4, bucketCounts: [1, 1] } }],
    ]);
  });

  it('kept deltas carry the exemplars of the newest interval that has any', () => {
    const exemplars = (value: number) => [{ value, timestamp: [0, 0] as HrTime, filteredAttributes: {} }];
    const merged = retain(
      10,
      collection(1, { points: [{ attributes: {}, exemplars: exemplars(1) }] }),
      collection(2, { points: [{ attributes: {}, exemplars: exemplars(2) }] }),
      collection(3, { points: [{ attributes: {} }] }),
    );
    expect(points(merged)[0]?.exemplars).toEqual(exemplars(2));
  });

  it('kept deltas are exported when their stream is not collected again', () => {
    expect(values(retain(10, collection(1, { points: [{ attributes: {}, value: 5 }] }), EMPTY))).toEqual([[{}, 5]]);
  });

  it('kept deltas leave cumulative streams alone', () => {
    const stream = (value: number) => ({ temporality: CUMULATIVE, points: [{ attributes: {}, value }] });
    expect(values(retain(10, collection(1, stream(5)), collection(2, stream(7))))).toEqual([[{}, 7]]);
    expect(values(retain(10, collection(1, stream(5)), EMPTY))).toEqual([]);
  });

  it('kept deltas of two streams with one identity, which conflicting views produce, are not added to each other', () => {
    const twice = (a: number, b: number): Stream[] => [a, b].map((value) => ({ points: [{ attributes: {}, value }] }));
    expect(values(retain(10, collection(1, ...twice(1, 2)), collection(2, ...twice(10, 20))))).toEqual([
      [{}, 11],
      [{}, 22],
    ]);
  });

  it('kept deltas are dropped when the export is released, but not when a later export has replaced them', () => {
    const retention = new DeltaRetention(10);
    const first = retention.keep(collection(1, { points: [{ attributes: {}, value: 5 }] }));
    const second = retention.keep(retention.addTo(collection(2, { points: [{ attributes: {}, value: 7 }] })));
    first.release();
    expect(values(retention.addTo(EMPTY))).toEqual([[{}, 12]]);
    second.release();
    expect(values(retention.addTo(EMPTY))).toEqual([]);
  });

  it('kept deltas beyond the limit are added to the overflow point', () => {
    const overflow = { 'otel.metric.overflow': true };
    const merged = retain(
      2,
      collection(1, { points: [{ attributes: { x: 1 } }, { attributes: overflow, value: 10 }] }),
      collection(2, { points: [{ attributes: { x: 2 } }, { attributes: { x: 3 }, value: 100 }] }),
    );
    expect(values(merged)).toEqual([
      [{ x: 1 }, 1],
      [overflow, 110],
      [{ x: 2 }, 1],
    ]);
  });

  it('kept deltas have the total that was recorded, within the limit, whatever attribute sets come and go', () => {
    const set = fc.record({ attributes: fc.record({ x: fc.integer({ min: 0, max: 40 }) }), value: fc.nat(1000) });
    const interval = fc.uniqueArray(set, { selector: ({ attributes }) => attributes.x, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 10 }), fc.integer({ min: 1, max: 30 }), (intervals, limit) => {
        const merged = points(retain(limit, ...intervals.map((sets, i) => collection(i + 1, { points: sets }))));
        const recorded = intervals.flat().reduce((total, { value }) => total + value, 0);
        expect(merged.reduce((total, { value }) => total + (value as number), 0)).toBe(recorded);
        const largest = Math.max(limit, ...intervals.map(({ length }) => length));
        expect(merged.length).toBeLessThanOrEqual(largest + 1);
      }),
    );
  });
});
