import type { Attributes, Context } from '@opentelemetry/api';
import { DATA_POINT_TYPE } from '../../collection/enums';
import type { HistogramValue } from '../../instruments/capabilities';
import { AlignedHistogramBucketExemplarReservoir, SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import { SeriesHandle } from '../series-handle';
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
    createHandle: (owner, attributes) => new HistogramHandle(owner, attributes),
    combine,
    pointValue: ({ counts, sum, min, max }, reused = { buckets: { boundaries, counts } }) => {
      const value = reused as MutableHistogram;
      const count = totalCount(counts);
      const hasMinMax = spec.recordMinMax && count > 0;
      // The stock SDK writes what it leaves out as undefined, against its own type.
      value.min = hasMinMax ? min : undefined;
      value.max = hasMinMax ? max : undefined;
      value.sum = spec.hasSum ? sum : undefined;
      value.buckets.counts = counts;
      value.count = count;
      return value;
    },
    currentValue: ({ counts, sum }): HistogramValue => ({ count: totalCount(counts), sum: spec.hasSum ? sum : 0 }),
    createReservoir: () =>
      boundaries.length === 0
        ? new SimpleFixedSizeExemplarReservoir()
        : new AlignedHistogramBucketExemplarReservoir(boundaries),
    exemplarBucket: (value) => index.find(value),
  };
}

interface MutableHistogram {
  min: number | undefined;
  max: number | undefined;
  sum: number | undefined;
  readonly buckets: { readonly boundaries: readonly number[]; counts: number[] };
  count: number;
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

class HistogramHandle extends SeriesHandle<HistogramCells> {
  private cells: HistogramCells | undefined = undefined;

  add(value: number, context?: Context, given?: Attributes): void {
    this.record(value, context, given);
  }

  record(value: number, context?: Context, given?: Attributes): void {
    const { place } = this;
    if (this.isPlain(value, context, place)) (this.cells as HistogramCells).add(place, value);
    else this.owner.measureBound(this, value, context, given);
  }

  protected setCells(cells: HistogramCells): void {
    this.cells = cells;
  }
}
