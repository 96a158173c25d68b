import { createPoint } from '../collection/create-point';
import { HrTimes, toHrTime } from '../collection/hr-time';
import type { CollectedPoint, Exemplar } from '../collection/points';
import { STEP_SIZE } from '../turns';
import type { Aggregation } from './aggregation/aggregation';
import type { ObservedSeries } from './observed-series';

/** Up to {@link STEP_SIZE} points. What changes until they are read is copied. */
interface Chunk {
  readonly series: ObservedSeries[];
  readonly amounts: { [at: number]: unknown };
  /** When the series or the interval began. */
  readonly starts: Float64Array;
}

/** What one collection has of an asynchronous stream. Points are created when they are read. */
export class ObservedPoints {
  size = 0;
  private readonly chunks: Chunk[] = [];
  /** By the position of the series. Most have none. */
  private exemplars: Map<number, readonly Exemplar[]> | undefined = undefined;
  /** How many series at the front are in reverse order. */
  private reversed = 0;

  /**
   * @param maxSize the number of points that there can be
   * @param isNumeric whether amounts are numbers
   */
  constructor(
    private readonly maxSize: number,
    private readonly isNumeric: boolean,
  ) {}

  add(series: ObservedSeries): void {
    const at = this.size % STEP_SIZE;
    if (at === 0) this.chunks.push(this.createChunk());
    this.chunk(this.size).series[at] = series;
    this.size++;
  }

  /** Reverses the order of the series that were added until now. */
  reverse(): void {
    this.reversed = this.size;
  }

  at(position: number): ObservedSeries {
    return this.chunk(position).series[position % STEP_SIZE] as ObservedSeries;
  }

  /** Sets what the point of a series shows. */
  setValue(position: number, amount: unknown, start: number): void {
    const { amounts, starts } = this.chunk(position);
    const at = position % STEP_SIZE;
    amounts[at] = amount;
    starts[at] = start;
  }

  setExemplars(position: number, exemplars: readonly Exemplar[]): void {
    if (exemplars.length === 0) return;
    this.exemplars ??= new Map();
    this.exemplars.set(position, exemplars);
  }

  /** Yields the points in pieces of at most a number. */
  *read(
    pieceSize: number,
    { pointValue }: Pick<Aggregation<unknown>, 'pointValue'>,
    time: number,
  ): Iterable<CollectedPoint[]> {
    const endTime = toHrTime(time);
    const startTimes = new HrTimes();
    for (let first = 0; first < this.size; first += pieceSize) {
      const piece: CollectedPoint[] = [];
      const end = Math.min(first + pieceSize, this.size);
      for (let i = first; i < end; i++) {
        const position = i < this.reversed ? this.reversed - 1 - i : i;
        const { series, amounts, starts } = this.chunk(position);
        const at = position % STEP_SIZE;
        const { attributes } = series[at] as ObservedSeries;
        const exemplars = this.exemplars?.get(position) ?? NONE;
        piece.push(
          createPoint(
            startTimes.convert(starts[at] as number),
            endTime,
            attributes,
            pointValue(amounts[at]),
            exemplars,
          ),
        );
      }
      yield piece;
    }
  }

  private createChunk(): Chunk {
    const capacity = Math.min(this.maxSize - this.size, STEP_SIZE);
    return {
      series: new Array<ObservedSeries>(capacity),
      amounts: this.isNumeric ? new Float64Array(capacity) : new Array<unknown>(capacity),
      starts: new Float64Array(capacity),
    };
  }

  private chunk(position: number): Chunk {
    return this.chunks[Math.floor(position / STEP_SIZE)] as Chunk;
  }
}

const NONE: readonly Exemplar[] = [];
