import type { CollectedPoint } from '../collection/points';
import type { LabelWriter } from '../exposition/encode/label-writer';

/** A series with the value that it is ranked by. */
interface RankedSeries {
  readonly rank: number;
  readonly labels: LabelWriter;
  readonly point: CollectedPoint;
}

/** Keeps the series with the largest values of any number. Among equal values the earlier ones are kept. */
export class TopSeries {
  /** The series that were left out: how many, and the sum of their finite values. */
  readonly rest = { count: 0, sum: 0 };
  private kept: RankedSeries[] = [];
  private isFull = false;
  /** The smallest value that is kept. */
  private least = Number.POSITIVE_INFINITY;

  constructor(private readonly max: number) {}

  /** @param value NaN is the smallest value */
  add(value: number, labels: LabelWriter, point: CollectedPoint): void {
    const rank = Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
    if (this.isFull && rank <= this.least) {
      this.leaveOut(rank);
      return;
    }
    this.kept.push({ rank, labels, point });
    // A sort from time to time costs less than finding the place of each series.
    if (this.kept.length >= 2 * this.max) this.shrink();
  }

  /** Returns the kept series, the largest first. */
  finish(): readonly RankedSeries[] {
    this.shrink();
    return this.kept;
  }

  private shrink(): void {
    // The difference of equal infinities is NaN.
    this.kept.sort((a, b) => (a.rank === b.rank ? 0 : b.rank - a.rank));
    if (this.kept.length < this.max) return;
    for (const { rank } of this.kept.splice(this.max)) this.leaveOut(rank);
    this.isFull = true;
    this.least = this.kept.at(-1)?.rank ?? Number.POSITIVE_INFINITY;
  }

  private leaveOut(value: number): void {
    this.rest.count++;
    if (Number.isFinite(value)) this.rest.sum += value;
  }
}
