import type { Attributes, Context } from '@opentelemetry/api';
import { type SeriesChunk, State } from './series-chunk';

/** All bits of the state are set. A constant of this file, because an imported one is read each time. */
const LIVE = State.Live;
/** Those of a handle without a row. */
const NO_TAGS = new Uint16Array(1);

/** The part of a stream that the handles of its series call. */
export interface SeriesOwner {
  /** The smallest value that needs no closer look. */
  readonly minimum: number;
  /**
   * Records a measurement that is not simply added.
   *
   * @param given the attributes as the caller passed them; those of the series unless given
   */
  measureBound(handle: SeriesHandle, value: number, context: Context | undefined, given: Attributes | undefined): void;
  /** Returns the value of the series. */
  currentValue(handle: SeriesHandle): unknown;
}

/**
 * What `bind` returns. A handle stays valid: recording on a series that was removed starts the series again, because a
 * facade binds its closed label sets once and must not lose what is recorded after a `clear()`.
 */
export abstract class SeriesHandle<C = unknown> {
  /** The row of the series, or -1 if it was removed or there was no room for it. */
  row = -1;
  /** The place of the row in {@link tags} and in the cells. */
  protected place = 0;
  private tags: Uint16Array = NO_TAGS;
  protected readonly minimum: number;
  /** Another handle of the same series. */
  private next: SeriesHandle | undefined = undefined;

  constructor(
    protected readonly owner: SeriesOwner,
    readonly attributes: Attributes,
  ) {
    this.minimum = owner.minimum;
  }

  // Each class has methods of its own, which V8 compiles for the cells of that class.

  /** Records as counters are called. */
  abstract add(value: number, context?: Context, given?: Attributes): void;

  /** Records as gauges and histograms are called. */
  abstract record(value: number, context?: Context, given?: Attributes): void;

  /** Returns the value as the reader of a bound series sees it. */
  get(): unknown {
    return this.owner.currentValue(this);
  }

  /** Whether a measurement only changes numbers. */
  protected isPlain(value: number, context: Context | undefined, place: number): boolean {
    return (
      context === undefined &&
      typeof value === 'number' &&
      value >= this.minimum &&
      value < Infinity &&
      this.isLive(place)
    );
  }

  protected isLive(place: number): boolean {
    return ((this.tags[place] as number) & LIVE) === LIVE;
  }

  /** Sets where measurements are aggregated while the handle is attached. */
  protected abstract setCells(cells: C): void;

  /** @param next the handle that the series has already */
  attach(row: number, chunk: SeriesChunk, next: SeriesHandle | undefined): void {
    this.row = row;
    this.tags = chunk.tags;
    this.setCells(chunk.cells as C);
    this.place = row - chunk.firstRow;
    this.next = next;
  }

  /** Returns the next handle of the same series. */
  detach(): SeriesHandle | undefined {
    const { next } = this;
    this.row = -1;
    this.tags = NO_TAGS;
    this.place = 0;
    this.next = undefined;
    return next;
  }
}
