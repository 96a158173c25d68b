/** The positions of a histogram's statistics in a row of {@link RowBlock.stats}. */
export const Stat = { Sum: 0, Min: 1, Max: 2 } as const;
export const STATS = 3;

const FIRST_ROWS = 4;
const MORE_ROWS = 128;

/** The numbers of some series of one stream, a row for each. Shared, because a small typed array costs more than it holds. */
export class RowBlock {
  /** Counts modulo 2^32. */
  readonly counts: Uint32Array;
  readonly stats: Float64Array;
  /** How often each count passed 2^32. Absent until the first one does. */
  carried: Float64Array | undefined = undefined;

  constructor(
    readonly rows: number,
    width: number,
  ) {
    this.counts = new Uint32Array(rows * width);
    this.stats = new Float64Array(rows * STATS);
  }
}

/** A place for the numbers of one series. */
export interface Row {
  readonly block: RowBlock;
  readonly index: number;
}

/** Gives rows to the series of a stream, those of removed series first, so that a few survivors do not hold whole blocks. */
export class HistogramRows {
  private block: RowBlock;
  private used = 0;
  private readonly free: Row[] = [];

  /** @param width the number of counts in a row */
  constructor(readonly width: number) {
    this.block = new RowBlock(FIRST_ROWS, width);
  }

  /** Returns a row without measurements. */
  allocate(): Row {
    const row = this.free.pop() ?? this.next();
    this.clear(row.block, row.index);
    return row;
  }

  release(row: Row): void {
    this.free.push(row);
  }

  clear({ counts, carried, stats }: RowBlock, index: number): void {
    const first = index * this.width;
    counts.fill(0, first, first + this.width);
    carried?.fill(0, first, first + this.width);
    const stat = index * STATS;
    stats[stat + Stat.Sum] = 0;
    stats[stat + Stat.Min] = Infinity;
    stats[stat + Stat.Max] = -Infinity;
  }

  private next(): Row {
    if (this.used === this.block.rows) {
      this.block = new RowBlock(MORE_ROWS, this.width);
      this.used = 0;
    }
    return { block: this.block, index: this.used++ };
  }
}
