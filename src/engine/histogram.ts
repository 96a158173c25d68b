import type { Attributes, Context } from '@opentelemetry/api';
import type { Histogram } from '@opentelemetry/sdk-metrics';
import { Series, State } from './series';
import type { Stream } from './stream';

/** What a histogram gathers. */
interface Distribution {
  readonly counts: number[];
  sum: number;
  min: number;
  max: number;
}

/** The shape that the series of one histogram stream share, and the memory of their counts. */
export class Buckets {
  private block = new Float64Array(0);
  private used = 0;

  constructor(
    /** Upper bounds, ascending. */
    readonly boundaries: number[],
    readonly recordMinMax: boolean,
    /** Whether the sum is collected: not where negative measurements would make it go down. */
    readonly hasSum: boolean,
  ) {}

  /** Room for the counts of one more series. Blocks are shared, because a small array of its own costs more than it holds. */
  allocate(): { block: Float64Array; offset: number } {
    const width = this.boundaries.length + 1;
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

/** A series that counts measurements in buckets. */
export class HistogramSeries extends Series {
  private readonly boundaries: number[];
  private readonly block: Float64Array;
  private readonly offset: number;
  private sum = 0;
  private min = Infinity;
  private max = -Infinity;
  private folded: Distribution | undefined = undefined;
  private deltas: Distribution[] | undefined = undefined;
  private readonly least: number;

  constructor(
    stream: Stream,
    attributes: Attributes,
    private readonly buckets: Buckets,
  ) {
    super(stream, attributes);
    const { block, offset } = buckets.allocate();
    this.boundaries = buckets.boundaries;
    this.block = block;
    this.offset = offset;
    this.least = stream.least;
  }

  add(value: number, context?: Context): void {
    this.record(value, context);
  }

  record(value: number, context?: Context): void {
    if (this.state === State.Live && context === undefined && value >= this.least && value < Infinity) {
      this.count(value);
      return;
    }
    const admitted = this.admit(value, context);
    if (admitted !== undefined) this.count(admitted);
  }

  get(): { count: number; sum: number } {
    const { count, sum = 0 } = this.total();
    return { count, sum };
  }

  total(): Histogram {
    const now = this.distribution();
    return this.point(this.folded === undefined ? now : merged(this.folded, now));
  }

  take(reader: number): Histogram {
    const delta = this.deltas?.[reader] ?? this.nothing();
    if (this.deltas !== undefined) this.deltas[reader] = this.nothing();
    return this.point(delta);
  }

  protected move(readers: number): void {
    const now = this.distribution();
    this.deltas ??= Array.from({ length: readers }, () => this.nothing());
    this.deltas = this.deltas.map((delta) => merged(delta, now));
    this.folded = merged(this.folded ?? this.nothing(), now);
    this.forget();
  }

  protected reset(): void {
    this.folded = undefined;
    this.deltas = undefined;
    this.forget();
  }

  private point({ counts, sum, min, max }: Distribution): Histogram {
    let count = 0;
    for (const each of counts) count += each;
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

  private nothing(): Distribution {
    return { counts: new Array<number>(this.boundaries.length + 1).fill(0), sum: 0, min: Infinity, max: -Infinity };
  }

  protected override place(value: number): number | undefined {
    return this.boundaries.length === 0 ? undefined : bucketOf(this.boundaries, value);
  }

  protected override places(): number {
    return this.boundaries.length + 1;
  }

  private count(value: number): void {
    (this.block[this.offset + bucketOf(this.boundaries, value)] as number)++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  private forget(): void {
    this.block.fill(0, this.offset, this.offset + this.boundaries.length + 1);
    this.sum = 0;
    this.min = Infinity;
    this.max = -Infinity;
  }

  private distribution(): Distribution {
    const counts: number[] = [];
    const end = this.offset + this.boundaries.length + 1;
    for (let i = this.offset; i < end; i++) counts.push(this.block[i] as number);
    return { counts, sum: this.sum, min: this.min, max: this.max };
  }
}

/** The first bucket whose upper bound is not below the value. Documented histograms have some dozen bounds, so one after another is fastest. */
function bucketOf(boundaries: readonly number[], value: number): number {
  let i = 0;
  while (i < boundaries.length && value > (boundaries[i] as number)) i++;
  return i;
}

function merged(a: Distribution, b: Distribution): Distribution {
  return {
    counts: a.counts.map((count, i) => count + (b.counts[i] as number)),
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
}
