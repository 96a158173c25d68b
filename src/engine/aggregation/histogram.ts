import type { Attributes, Context } from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE } from '../../collection/enums';
import type { HistogramValue } from '../../instruments/capabilities';
import { AlignedHistogramBucketExemplarReservoir, SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import { Series, type SeriesOwner, State } from '../series';
import type { Aggregation, AggregationSpec } from './aggregation';
import { BucketIndex } from './bucket-index';
import { HistogramRows, type RowBlock, STATS, Stat } from './histogram-rows';

/** What a histogram holds at one moment. */
interface Distribution {
  readonly counts: number[];
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

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

/** What the series of one histogram stream share. */
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
    const { block, index } = this.layout.rows.allocate();
    this.block = block;
    this.row = index;
  }

  apply(value: number): void {
    const { row, layout } = this;
    const block = this.block as RowBlock;
    const { counts, stats } = block;
    const place = row * layout.width + layout.index.find(value);
    const count = ((counts[place] as number) + 1) >>> 0;
    counts[place] = count;
    if (count === 0) carry(block, place);
    const stat = row * STATS;
    (stats[stat + Stat.Sum] as number) += value;
    if (value < (stats[stat + Stat.Min] as number)) stats[stat + Stat.Min] = value;
    if (value > (stats[stat + Stat.Max] as number)) stats[stat + Stat.Max] = value;
  }

  recent(): Distribution {
    const { block, row } = this;
    const { width } = this.layout;
    const counts = new Array<number>(width).fill(0);
    if (block === undefined) return { counts, sum: 0, min: Infinity, max: -Infinity };
    const { carried } = block;
    const first = row * width;
    for (let i = 0; i < width; i++) {
      const carry = carried === undefined ? 0 : (carried[first + i] as number) * 2 ** 32;
      counts[i] = (block.counts[first + i] as number) + carry;
    }
    const stat = row * STATS;
    return {
      counts,
      sum: block.stats[stat + Stat.Sum] as number,
      min: block.stats[stat + Stat.Min] as number,
      max: block.stats[stat + Stat.Max] as number,
    };
  }

  reset(): void {
    if (this.block !== undefined) this.layout.rows.clear(this.block, this.row);
  }

  total(): Distribution {
    const recent = this.recent();
    const folded = this.cold?.entry?.folded;
    return folded === undefined ? recent : combine(folded, recent);
  }

  override release(): void {
    if (this.block !== undefined) this.layout.rows.release({ block: this.block, index: this.row });
    this.block = undefined;
  }
}

function carry(block: RowBlock, place: number): void {
  block.carried ??= new Float64Array(block.counts.length);
  (block.carried[place] as number)++;
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
