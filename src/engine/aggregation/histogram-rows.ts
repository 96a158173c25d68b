/** A snapshot of a histogram. */
export interface Distribution {
  readonly counts: number[];
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** The positions of a histogram's statistics in a row of {@link RowBlock.stats}. */
const SUM = 0;
const MIN = 1;
const MAX = 2;
const STATS = 3;

const FIRST_ROWS = 4;
const MORE_ROWS = 128;

/** The numbers of some series of one stream, a row for each. Shared, because a small typed array costs more than it holds. */
export class RowBlock {
  /** Counts modulo 2^32. */
  readonly counts: Uint32Array;
  private readonly stats: Float64Array;
  /** How often each count passed 2^32. Absent until the first one does. */
  private carried: Float64Array | undefined = undefined;

  /** @param width the number of counts in a row */
  constructor(
    readonly rows: number,
    private readonly width: number,
  ) {
    this.counts = new Uint32Array(rows * width);
    this.stats = new Float64Array(rows * STATS);
  }

  /** Counts a value in a bucket of a row. */
  add(row: number, bucket: number, value: number): void {
    const { counts, stats } = this;
    const place = row * this.width + bucket;
    const count = ((counts[place] as number) + 1) >>> 0;
    counts[place] = count;
    if (count === 0) this.carry(place);
    const stat = row * STATS;
    (stats[stat + SUM] as number) += value;
    if (value < (stats[stat + MIN] as number)) stats[stat + MIN] = value;
    if (value > (stats[stat + MAX] as number)) stats[stat + MAX] = value;
  }

  read(row: number): Distribution {
    const { width, carried, stats } = this;
    const first = row * width;
    const counts = new Array<number>(width);
    for (let i = 0; i < width; i++) {
      const carry = carried === undefined ? 0 : (carried[first + i] as number) * 2 ** 32;
      counts[i] = (this.counts[first + i] as number) + carry;
    }
    const stat = row * STATS;
    return {
      counts,
      sum: stats[stat + SUM] as number,
      min: stats[stat + MIN] as number,
      max: stats[stat + MAX] as number,
    };
  }

  clear(row: number): void {
    const { width, stats } = this;
    const first = row * width;
    this.counts.fill(0, first, first + width);
    this.carried?.fill(0, first, first + width);
    const stat = row * STATS;
    stats[stat + SUM] = 0;
    stats[stat + MIN] = Infinity;
    stats[stat + MAX] = -Infinity;
  }

  private carry(place: number): void {
    this.carried ??= new Float64Array(this.counts.length);
    (this.carried[place] as number)++;
  }
}

/** A place for the numbers of one series. */
export interface Row {
  readonly block: RowBlock;
  readonly row: number;
}

/** Gives rows to the series of a stream, those of removed series first, so that a few survivors do not hold whole blocks. */
export class HistogramRows {
  private block: RowBlock;
  private used = 0;
  private readonly free: Row[] = [];

  /** @param width the number of counts in a row */
  constructor(private readonly width: number) {
    this.block = new RowBlock(FIRST_ROWS, width);
  }

  /** Returns a row without measurements. */
  allocate(): Row {
    const place = this.free.pop() ?? this.next();
    place.block.clear(place.row);
    return place;
  }

  release(place: Row): void {
    this.free.push(place);
  }

  private next(): Row {
    if (this.used === this.block.rows) {
      this.block = new RowBlock(MORE_ROWS, this.width);
      this.used = 0;
    }
    return { block: this.block, row: this.used++ };
  }
}
