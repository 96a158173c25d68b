import type { Attributes, Context } from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { Series, State } from '../series';
import type { Stream } from '../stream';
import { BucketIndex } from './bucket-index';

/** What a histogram gathers. */
interface Distribution {
  readonly counts: number[];
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** The shape that the series of one histogram stream share, and the memory of their measurements. */
export class Buckets {
  readonly index: BucketIndex;
  /** How many counts a series has. */
  readonly width: number;
  private block: Block;
  private used = 0;

  constructor(
    /** Upper bounds, ascending. */
    readonly boundaries: number[],
    readonly recordMinMax: boolean,
    /** Whether the sum is collected: not where negative measurements would make it go down. */
    readonly hasSum: boolean,
  ) {
    this.index = new BucketIndex(boundaries);
    this.width = boundaries.length + 1;
    this.block = new Block(FIRST_ROWS, this.width);
  }

  /** A row for one more series. Blocks are shared, because a small array of its own costs more than it holds. */
  allocate(): { block: Block; row: number } {
    if (this.used === this.block.rows) {
      this.block = new Block(MORE_ROWS, this.width);
      this.used = 0;
    }
    return { block: this.block, row: this.used++ };
  }
}

const FIRST_ROWS = 4;
const MORE_ROWS = 128;

/** What some series of one histogram stream have measured, a row for each. */
class Block {
  /** Counts below 2^32; what goes beyond is carried. */
  readonly counts: Uint32Array;
  readonly moments: Float64Array;
  /** How often each count went round, from when the first did. */
  carried: Float64Array | undefined = undefined;

  constructor(
    readonly rows: number,
    width: number,
  ) {
    this.counts = new Uint32Array(rows * width);
    this.moments = new Float64Array(rows * MOMENTS);
  }
}

/** Places in a row of moments. */
const Moment = { Sum: 0, Min: 1, Max: 2 } as const;
const MOMENTS = 3;

/** A series that counts measurements in buckets. */
export class HistogramSeries extends Series<Distribution> {
  private readonly block: Block;
  private readonly row: number;

  constructor(
    stream: Stream,
    attributes: Attributes,
    private readonly buckets: Buckets,
  ) {
    super(stream, attributes);
    const { block, row } = buckets.allocate();
    this.block = block;
    this.row = row;
    this.forget();
  }

  add(value: number, context?: Context): void {
    this.record(value, context);
  }

  record(value: number, context?: Context): void {
    const isPlain = this.state === State.Live && context === undefined && typeof value === 'number';
    if (isPlain && value >= 0 && value < Infinity) {
      this.count(value);
      return;
    }
    const admitted = this.admit(value, context);
    if (admitted !== undefined) this.count(admitted);
  }

  get(): { count: number; sum: number } {
    const { counts, sum } = this.all();
    return { count: total(counts), sum: this.buckets.hasSum ? sum : 0 };
  }

  protected recent(): Distribution {
    const { counts: all, moments, carried } = this.block;
    const { width } = this.buckets;
    const first = this.row * width;
    const counts = new Array<number>(width);
    for (let i = 0; i < width; i++) {
      counts[i] = (all[first + i] as number) + (carried === undefined ? 0 : (carried[first + i] as number) * 2 ** 32);
    }
    const moment = this.row * MOMENTS;
    return {
      counts,
      sum: moments[moment + Moment.Sum] as number,
      min: moments[moment + Moment.Min] as number,
      max: moments[moment + Moment.Max] as number,
    };
  }

  protected forget(): void {
    const { counts, moments, carried } = this.block;
    const { width } = this.buckets;
    const first = this.row * width;
    counts.fill(0, first, first + width);
    carried?.fill(0, first, first + width);
    const moment = this.row * MOMENTS;
    moments[moment + Moment.Sum] = 0;
    moments[moment + Moment.Min] = Infinity;
    moments[moment + Moment.Max] = -Infinity;
  }

  protected combine(earlier: Distribution, later: Distribution): Distribution {
    return {
      counts: earlier.counts.map((count, i) => count + (later.counts[i] as number)),
      sum: earlier.sum + later.sum,
      min: Math.min(earlier.min, later.min),
      max: Math.max(earlier.max, later.max),
    };
  }

  protected point({ counts, sum, min, max }: Distribution): Histogram {
    const count = total(counts);
    const { boundaries, recordMinMax, hasSum } = this.buckets;
    const hasMinMax = recordMinMax && count > 0;
    // The SDK writes what it leaves out as undefined, against its own type.
    return {
      min: hasMinMax ? min : undefined,
      max: hasMinMax ? max : undefined,
      sum: hasSum ? sum : undefined,
      buckets: { boundaries, counts },
      count,
    } as Histogram;
  }

  protected override place(value: number): number | undefined {
    return this.buckets.width === 1 ? undefined : this.buckets.index.of(value);
  }

  protected override places(): number {
    return this.buckets.width;
  }

  private count(value: number): void {
    const { row, buckets } = this;
    const { counts, moments } = this.block;
    const place = row * buckets.width + buckets.index.of(value);
    const count = ((counts[place] as number) + 1) >>> 0;
    counts[place] = count;
    if (count === 0) this.carry(place);
    const moment = row * MOMENTS;
    (moments[moment + Moment.Sum] as number) += value;
    if (value < (moments[moment + Moment.Min] as number)) moments[moment + Moment.Min] = value;
    if (value > (moments[moment + Moment.Max] as number)) moments[moment + Moment.Max] = value;
  }

  private carry(place: number): void {
    const { block } = this;
    block.carried ??= new Float64Array(block.counts.length);
    (block.carried[place] as number)++;
  }
}

function total(counts: readonly number[]): number {
  let count = 0;
  for (const each of counts) count += each;
  return count;
}
