import type { Histogram } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE } from '../../collection/enums';
import type { HistogramValue } from '../../instruments/capabilities';
import { AlignedHistogramBucketExemplarReservoir, SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import type { Aggregation, AggregationSpec } from './aggregation';
import { BucketIndex } from './bucket-index';
import { type Distribution, HistogramCells } from './histogram-cells';

/** Counts measurements in buckets with the given upper bounds. */
export function histogramAggregation(spec: AggregationSpec & { kind: 'histogram' }): Aggregation<Distribution> {
  const boundaries = [...spec.boundaries];
  const index = new BucketIndex(boundaries);
  return {
    dataPointType: DATA_POINT_TYPE.HISTOGRAM,
    createCells: (size) => new HistogramCells(size, index),
    combine,
    pointValue: ({ counts, sum, min, max }) => {
      const count = totalCount(counts);
      const hasMinMax = spec.recordMinMax && count > 0;
      // The stock SDK writes what it leaves out as undefined, against its own type.
      return {
        min: hasMinMax ? min : undefined,
        max: hasMinMax ? max : undefined,
        sum: spec.hasSum ? sum : undefined,
        buckets: { boundaries, counts },
        count,
      } as Histogram;
    },
    currentValue: ({ counts, sum }): HistogramValue => ({ count: totalCount(counts), sum: spec.hasSum ? sum : 0 }),
    createReservoir: () =>
      boundaries.length === 0
        ? new SimpleFixedSizeExemplarReservoir()
        : new AlignedHistogramBucketExemplarReservoir(boundaries),
    exemplarBucket: (value) => index.find(value),
  };
}

function combine(earlier: Distribution, later: Distribution): Distribution {
  return {
    counts: earlier.counts.map((count, i) => count + (later.counts[i] as number)),
    sum: earlier.sum + later.sum,
    min: Math.min(earlier.min, later.min),
    max: Math.max(earlier.max, later.max),
  };
}

function totalCount(counts: readonly number[]): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
