import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type Histogram, InstrumentType } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { BucketIndex } from '../../src/engine/aggregation/bucket-index';
import { Buckets, HistogramSeries } from '../../src/engine/aggregation/histogram';
import { ExemplarSampler } from '../../src/engine/exemplars';
import { Stream } from '../../src/engine/stream';

describe('the counts of a histogram', () => {
  it('go on beyond 2^32', () => {
    const buckets = new Buckets([1, 2], true, true);
    const stream = new Stream({
      descriptor: {
        name: 'h',
        description: '',
        unit: '',
        type: InstrumentType.HISTOGRAM,
        valueType: ValueType.DOUBLE,
        advice: {},
      },
      dataPointType: DataPointType.HISTOGRAM,
      least: 0,
      processors: [],
      processorsArePure: true,
      limit: 10,
      readers: [{ index: 0, delta: -1, temporality: AggregationTemporality.CUMULATIVE }],
      createSeries: (owner, attributes) => new HistogramSeries(owner, attributes, buckets),
      zero: true,
      sampler: new ExemplarSampler('always_off'),
      now: Date.now,
    });
    const { block, row } = buckets.allocate();
    const series = stream.of({});
    const neighbour = stream.of({ a: '1' });
    block.counts[(row + 1) * buckets.width + 1] = 2 ** 32 - 2;
    for (let i = 0; i < 5; i++) series.record(1.5);
    neighbour.record(0.5);
    const values = stream.collect(0, Date.now())?.dataPoints.map(({ value }) => value as Histogram);
    expect(values?.map(({ buckets: { counts } }) => counts)).toEqual([
      [0, 2 ** 32 + 3, 0],
      [1, 0, 0],
    ]);
    expect(values?.[0]?.count).toBe(2 ** 32 + 3);
  });
});

describe('the place of a value among bounds', () => {
  it.each([
    [[]],
    [[0]],
    [[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]],
    [[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 10_000]],
    [[-5, -1, 0, 1, 5]],
    [[1e-300, 1e-5, 1.0000000001, 1.0000000002, 1e300]],
  ])('is right for %j', (bounds) => {
    const index = new BucketIndex(bounds);
    const near = bounds.flatMap((bound) => [bound, bound * (1 + 1e-12), bound * (1 - 1e-12), bound / 2, bound * 2]);
    for (const value of [...near, 0, 5e-324, 1e-310, 0.1, 1, 3, 1e9, Number.MAX_VALUE]) {
      const first = bounds.findIndex((bound) => value <= bound);
      expect(index.of(value), `${value}`).toBe(first < 0 ? bounds.length : first);
    }
  });
});
