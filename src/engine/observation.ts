import type { Attributes, Context } from '@opentelemetry/api';
import { STEP_SIZE } from '../turns';
import type { ObservedSeries } from './observed-series';

/** An attribute set as callbacks of one instrument observe it. The object stays the same as long as the set is observed. */
export class Observation {
  /** The round of callbacks in which the set was last observed. */
  round = 0;
  /** The number of the last walk that looked at the set. */
  walk = 0;
  private first: ObservedSeries | undefined = undefined;
  private others: (ObservedSeries | undefined)[] | undefined = undefined;

  /** @param attributes before views */
  constructor(readonly attributes: Attributes) {}

  /**
   * Returns the series that the set is aggregated into.
   *
   * @param slot the number that the instrument gave one reader of one stream
   */
  series(slot: number): ObservedSeries | undefined {
    return slot === 0 ? this.first : this.others?.[slot - 1];
  }

  setSeries(slot: number, series: ObservedSeries): void {
    if (slot === 0) {
      this.first = series;
    } else {
      // Of the size that is needed: an empty array grows to 17 elements.
      this.others ??= new Array<undefined>(slot);
      this.others[slot - 1] = series;
    }
  }
}

/** The size of the first chunk of a list. Most callbacks observe few sets, and V8 creates so short a typed array fast. */
const FIRST_CHUNK = 8;

/** Some observations. Its arrays have their final size, so that the garbage collector has less to copy. */
export class ObservationChunk {
  size = 0;
  readonly observations: Observation[];
  readonly values: Float64Array;
  /** The contexts of the observations, if exemplars need them. */
  contexts: (Context | undefined)[] | undefined = undefined;

  constructor(readonly capacity: number) {
    this.observations = new Array<Observation>(capacity);
    this.values = new Float64Array(capacity);
  }
}

/**
 * What one callback observed of one instrument, in order. One attribute set can be observed more than once. In chunks, because
 * an array of 100,000 takes milliseconds when it grows.
 */
export class ObservationList {
  /** The number of observations. */
  size = 0;
  readonly chunks: ObservationChunk[] = [];
  private last: ObservationChunk | undefined = undefined;

  /** @param context if exemplars need it */
  add(observation: Observation, value: number, context: Context | undefined): void {
    let chunk = this.last;
    if (chunk === undefined || chunk.size === chunk.capacity) chunk = this.addChunk();
    const at = chunk.size;
    chunk.observations[at] = observation;
    chunk.values[at] = value;
    if (context !== undefined) {
      chunk.contexts ??= [];
      chunk.contexts[at] = context;
    }
    chunk.size = at + 1;
    this.size++;
  }

  private addChunk(): ObservationChunk {
    this.last = new ObservationChunk(this.last === undefined ? FIRST_CHUNK : STEP_SIZE);
    this.chunks.push(this.last);
    return this.last;
  }
}
