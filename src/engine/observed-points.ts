import { toHrTime } from '../collection/hr-time';
import type { CollectedPoint, Exemplar } from '../collection/points';
import type { Aggregation } from './aggregation/aggregation';
import type { ObservedSeries } from './observed-series';
import { point } from './stream-collection';

/** What one collection has of an asynchronous stream. Points are created when they are read. */
export class ObservedPoints {
  size = 0;
  // Their final size from the start: an array of 100,000 that grows takes milliseconds at once.
  private readonly series: ObservedSeries[];
  private readonly amounts: unknown[];
  /** When the series or the interval began. That of a series can change until the points are read. */
  private readonly starts: Float64Array;
  /** By the position of the series. Most have none. */
  private readonly exemplars = new Map<number, readonly Exemplar[]>();
  /** How many series at the front are in reverse order. */
  private reversed = 0;

  /** @param maxSize the number of points that there can be */
  constructor(maxSize: number) {
    this.series = new Array<ObservedSeries>(maxSize);
    this.amounts = new Array<unknown>(maxSize);
    this.starts = new Float64Array(maxSize);
  }

  add(series: ObservedSeries): void {
    this.series[this.size] = series;
    this.size++;
  }

  at(position: number): ObservedSeries {
    return this.series[position] as ObservedSeries;
  }

  /** Reverses the order of the series that were added until now. */
  reverse(): void {
    this.reversed = this.size;
  }

  setValue(position: number, amount: unknown, start: number, exemplars: readonly Exemplar[]): void {
    this.amounts[position] = amount;
    this.starts[position] = start;
    if (exemplars.length > 0) this.exemplars.set(position, exemplars);
  }

  /** Yields the points in pieces of at most a number. */
  *read(
    pieceSize: number,
    { pointValue }: Pick<Aggregation<unknown>, 'pointValue'>,
    time: number,
  ): Iterable<CollectedPoint[]> {
    const endTime = toHrTime(time);
    // Many series begin together; they share what is not theirs alone.
    let start = Number.NaN;
    let startTime = endTime;
    for (let first = 0; first < this.size; first += pieceSize) {
      const piece: CollectedPoint[] = [];
      const end = Math.min(first + pieceSize, this.size);
      for (let i = first; i < end; i++) {
        const position = i < this.reversed ? this.reversed - 1 - i : i;
        const began = this.starts[position] as number;
        if (began !== start) {
          start = began;
          startTime = toHrTime(start);
        }
        const { attributes } = this.at(position);
        const exemplars = this.exemplars.get(position) ?? NONE;
        piece.push(point(startTime, endTime, attributes, pointValue(this.amounts[position]), exemplars));
      }
      yield piece;
    }
  }
}

const NONE: readonly Exemplar[] = [];
