import type { Attributes, Context } from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE } from '../../collection/enums';
import type { HistogramValue } from '../../instruments/capabilities';
import { AlignedHistogramBucketExemplarReservoir, SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import { Series, type SeriesOwner, State } from '../series';
import type { Aggregation, AggregationSpec } from './aggregation';
import { BucketIndex } from './bucket-index';
import { type Distribution, HistogramRows, type RowBlock } from './histogram-rows';

/** Counts measurements in buckets with the given upper bounds. */
export function histogramAggregation(spec: AggregationSpec & { kind: 'histogram' }): Aggregation<Distribution> {
  const layout = new HistogramLayout([...spec.boundaries], spec.hasSum);
  const { boundaries } = layout;
  return {
    dataPointType: DATA_POINT_TYPE.HISTOGRAM,
    createSeries: (owner, attributes) => new HistogramSeries(owner, attributes, layout),
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
    createReservoir: () =>
      boundaries.length === 0
        ? new SimpleFixedSizeExemplarReservoir()
        : new AlignedHistogramBucketExemplarReservoir(boundaries),
    exemplarBucket: (value) => layout.index.find(value),
  };
}

/** The bucket bounds and the storage that the series of one stream share. */
class HistogramLayout {
  readonly index: BucketIndex;
  readonly rows: HistogramRows;
  /** The number of buckets. */
  readonly width: number;

  constructor(
    readonly boundaries: number[],
    readonly hasSum: boolean,
  ) {
    this.index = new BucketIndex(boundaries);
    this.width = boundaries.length + 1;
    this.rows = new HistogramRows(this.width);
  }
}

class HistogramSeries extends Series<Distribution> {
  /** Absent while the series is not collected. */
  private block: RowBlock | undefined = undefined;
  private row = 0;

  constructor(
    owner: SeriesOwner,
    attributes: Attributes,
    private readonly layout: HistogramLayout,
  ) {
    super(owner, attributes);
  }

  add(value: number, context?: Context, given?: Attributes): void {
    this.record(value, context, given);
  }

  record(value: number, context?: Context, given?: Attributes): void {
    const isPlain = this.state === State.Live && context === undefined && typeof value === 'number';
    if (isPlain && value >= 0 && value < Infinity) this.apply(value);
    else this.owner.measure(this, value, context, given);
  }

  get(): HistogramValue {
    const { counts, sum } = this.total();
    return { count: totalCount(counts), sum: this.layout.hasSum ? sum : 0 };
  }

  override activate(): void {
    if (this.block !== undefined) return;
    const { block, row } = this.layout.rows.allocate();
    this.block = block;
    this.row = row;
  }

  apply(value: number): void {
    (this.block as RowBlock).add(this.row, this.layout.index.find(value), value);
  }

  recent(): Distribution {
    if (this.block !== undefined) return this.block.read(this.row);
    return { counts: new Array<number>(this.layout.width).fill(0), sum: 0, min: Infinity, max: -Infinity };
  }

  reset(): void {
    this.block?.clear(this.row);
  }

  total(): Distribution {
    const recent = this.recent();
    const folded = this.cold?.entry?.folded;
    return folded === undefined ? recent : combine(folded, recent);
  }

  override release(): void {
    if (this.block !== undefined) this.layout.rows.release({ block: this.block, row: this.row });
    this.block = undefined;
  }
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
