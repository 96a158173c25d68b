import { toHrTime } from '../collection/hr-time';
import type { CollectedPoint, Exemplar } from '../collection/points';
import { STEP_SIZE } from '../turns';
import type { Aggregation } from './aggregation/aggregation';
import type { ObservedSeries } from './observed-series';
import { point } from './stream-collection';

/** What the point of a series shows. */
export interface ObservedValue {
  readonly amount: unknown;
  /** When the series or the interval began. */
  readonly start: number;
  readonly exemplars: readonly Exemplar[];
}

/** Up to {@link STEP_SIZE} points. */
interface Chunk {
  readonly series: ObservedSeries[];
  readonly amounts: unknown[];
  /** Those of series can change until the points are read. */
  readonly starts: number[];
}

/** What one collection has of an asynchronous stream. Points are created when they are read. */
export class ObservedPoints {
  size = 0;
  private readonly chunks: Chunk[] = [];
  /** By the position of the series. Most have none. */
  private readonly exemplars = new Map<number, readonly Exemplar[]>();
  /** How many series at the front are in reverse order. */
  private reversed = 0;

  add(series: ObservedSeries): void {
    if (this.size % STEP_SIZE === 0) this.chunks.push({ series: [], amounts: [], starts: [] });
    this.chunk(this.size).series.push(series);
    this.size++;
  }

  /** Reverses the order of the series that were added until now. */
  reverse(): void {
    this.reversed = this.size;
  }

  /**
   * Sets what the points show.
   *
   * @param find returns it for one series
   */
  *setValues(find: (series: ObservedSeries) => ObservedValue): Generator<void> {
    for (const [number, { series, amounts, starts }] of this.chunks.entries()) {
      yield;
      for (let i = 0; i < series.length; i++) {
        const { amount, start, exemplars } = find(series[i] as ObservedSeries);
        amounts.push(amount);
        starts.push(start);
        if (exemplars.length > 0) this.exemplars.set(number * STEP_SIZE + i, exemplars);
      }
    }
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
        const { series, amounts, starts } = this.chunk(position);
        const at = position % STEP_SIZE;
        const began = starts[at] as number;
        if (began !== start) {
          start = began;
          startTime = toHrTime(start);
        }
        const { attributes } = series[at] as ObservedSeries;
        const exemplars = this.exemplars.get(position) ?? NONE;
        piece.push(point(startTime, endTime, attributes, pointValue(amounts[at]), exemplars));
      }
      yield piece;
    }
  }

  private chunk(position: number): Chunk {
    return this.chunks[Math.floor(position / STEP_SIZE)] as Chunk;
  }
}

const NONE: readonly Exemplar[] = [];
