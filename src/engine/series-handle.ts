import type { Attributes, Context } from '@opentelemetry/api';
import type { SeriesChunk } from './series-chunk';

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
export class SeriesHandle {
  /** The row of the series, or -1 if it was removed or there was no room for it. */
  row = -1;
  private chunk: SeriesChunk | undefined = undefined;
  private place = 0;
  /** Another handle of the same series. */
  private next: SeriesHandle | undefined = undefined;

  constructor(
    private readonly owner: SeriesOwner,
    readonly attributes: Attributes,
  ) {}

  /** Records as counters are called. */
  add(value: number, context?: Context, given?: Attributes): void {
    const { chunk } = this;
    const isAdded = context === undefined && chunk?.tryAdd(this.place, value, this.owner.minimum) === true;
    if (!isAdded) this.owner.measureBound(this, value, context, given);
  }

  /** Records as gauges and histograms are called. */
  record(value: number, context?: Context, given?: Attributes): void {
    this.add(value, context, given);
  }

  /** Returns the value as the reader of a bound series sees it. */
  get(): unknown {
    return this.owner.currentValue(this);
  }

  /** @param next the handle that the series has already */
  attach(row: number, chunk: SeriesChunk, next: SeriesHandle | undefined): void {
    this.row = row;
    this.chunk = chunk;
    this.place = row - chunk.firstRow;
    this.next = next;
  }

  /** Returns the next handle of the same series. */
  detach(): SeriesHandle | undefined {
    const { next } = this;
    this.row = -1;
    this.chunk = undefined;
    this.next = undefined;
    return next;
  }
}
