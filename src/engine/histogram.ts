import type { Attributes, Context } from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { BucketIndex } from './bucket-index';
import { Series, State } from './series';
import type { Stream } from './stream';

/** What a histogram gathers. */
interface Distribution {
  readonly counts: number[];
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** The shape that the series of one histogram stream share, and the memory of their counts. */
export class Buckets {
  readonly index: BucketIndex;
  private block = new Float64Array(0);
  private used = 0;

  constructor(
    /** Upper bounds, ascending. */
    readonly boundaries: number[],
    readonly recordMinMax: boolean,
    /** Whether the sum is collected: not where negative measurements would make it go down. */
    readonly hasSum: boolean,
  ) {
    this.index = new BucketIndex(boundaries);
  }

  /**
   * A row for one more series: its counts, then its sum, minimum and maximum. Blocks are shared, because a small array of
   * its own costs more than it holds.
   */
  allocate(): { block: Float64Array; offset: number } {
    const width = this.boundaries.length + 1 + Row.After;
    if (this.used + width > this.block.length) {
      this.block = new Float64Array(width * (this.block.length === 0 ? 4 : SERIES_IN_BLOCK));
      this.used = 0;
    }
    const offset = this.used;
    this.used += width;
    return { block: this.block, offset };
  }
}

const SERIES_IN_BLOCK = 128;

/** Places in a row behind its counts. */
const Row = { Sum: 0, Min: 1, Max: 2, After: 3 } as const;

/** A series that counts measurements in buckets. */
export class HistogramSeries extends Series<Distribution> {
  private readonly block: Float64Array;
  private readonly offset: number;
  private readonly after: number;

  constructor(
    stream: Stream,
    attributes: Attributes,
    private readonly buckets: Buckets,
  ) {
    super(stream, attributes);
    const { block, offset } = buckets.allocate();
    this.block = block;
    this.offset = offset;
    this.after = offset + buckets.boundaries.length + 1;
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
    const { block, offset, after } = this;
    const counts = new Array<number>(after - offset);
    for (let i = 0; i < counts.length; i++) counts[i] = block[offset + i] as number;
    return {
      counts,
      sum: block[after + Row.Sum] as number,
      min: block[after + Row.Min] as number,
      max: block[after + Row.Max] as number,
    };
  }

  protected forget(): void {
    const { block, offset, after } = this;
    block.fill(0, offset, after + Row.After);
    block[after + Row.Min] = Infinity;
    block[after + Row.Max] = -Infinity;
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
    return this.after === this.offset + 1 ? undefined : this.buckets.index.of(value);
  }

  protected override places(): number {
    return this.after - this.offset;
  }

  private count(value: number): void {
    const { block, after } = this;
    (block[this.offset + this.buckets.index.of(value)] as number)++;
    (block[after + Row.Sum] as number) += value;
    if (value < (block[after + Row.Min] as number)) block[after + Row.Min] = value;
    if (value > (block[after + Row.Max] as number)) block[after + Row.Max] = value;
  }
}

function total(counts: readonly number[]): number {
  let count = 0;
  for (const each of counts) count += each;
  return count;
}
