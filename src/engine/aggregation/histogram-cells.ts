import type { BucketIndex } from './bucket-index';
import type { Cells } from './cells';

/** A snapshot of a histogram. */
export interface Distribution {
  readonly counts: number[];
  sum: number;
  min: number;
  max: number;
}

/** The positions of a histogram's statistics in {@link HistogramCells.stats}. */
const SUM = 0;
const MIN = 1;
const MAX = 2;
const STATS = 3;

/** Counts measurements in buckets. */
export class HistogramCells implements Cells<Distribution> {
  /** Counts modulo 2^32. */
  readonly counts: Uint32Array;
  private readonly stats: Float64Array;
  /** How often each count passed 2^32. Absent until the first one does. */
  private carried: Float64Array | undefined = undefined;
  /** The number of buckets. */
  private readonly width: number;

  constructor(
    size: number,
    private readonly index: BucketIndex,
  ) {
    this.width = index.size;
    this.counts = new Uint32Array(size * this.width);
    this.stats = new Float64Array(size * STATS);
  }

  add(cell: number, value: number): void {
    const { counts, stats } = this;
    const place = cell * this.width + this.index.find(value);
    const count = ((counts[place] as number) + 1) >>> 0;
    counts[place] = count;
    if (count === 0) this.carry(place);
    const stat = cell * STATS;
    (stats[stat + SUM] as number) += value;
    if (value < (stats[stat + MIN] as number)) stats[stat + MIN] = value;
    if (value > (stats[stat + MAX] as number)) stats[stat + MAX] = value;
  }

  read(cell: number, reused?: Distribution): Distribution {
    const { width, carried, stats } = this;
    const first = cell * width;
    const read = reused ?? { counts: new Array<number>(width).fill(0), sum: 0, min: 0, max: 0 };
    const { counts } = read;
    for (let i = 0; i < width; i++) {
      const carry = carried === undefined ? 0 : (carried[first + i] as number) * 2 ** 32;
      counts[i] = (this.counts[first + i] as number) + carry;
    }
    const stat = cell * STATS;
    read.sum = stats[stat + SUM] as number;
    read.min = stats[stat + MIN] as number;
    read.max = stats[stat + MAX] as number;
    return read;
  }

  reset(cell: number): void {
    const { width, stats } = this;
    const first = cell * width;
    this.counts.fill(0, first, first + width);
    this.carried?.fill(0, first, first + width);
    const stat = cell * STATS;
    stats[stat + SUM] = 0;
    stats[stat + MIN] = Infinity;
    stats[stat + MAX] = -Infinity;
  }

  clear(cell: number): void {
    this.reset(cell);
  }

  private carry(place: number): void {
    this.carried ??= new Float64Array(this.counts.length);
    (this.carried[place] as number)++;
  }
}
