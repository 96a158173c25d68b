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
      this.others ??= [];
      this.others[slot - 1] = series;
    }
  }
}

/** Up to {@link STEP_SIZE} observations. */
export interface ObservationChunk {
  readonly observations: Observation[];
  readonly values: number[];
  /** The contexts of the observations, if exemplars need them. */
  readonly contexts: Context[] | undefined;
}

/**
 * What one callback observed of one instrument, in order. One attribute set can be observed more than once. In chunks, because
 * arrays of 100,000 take milliseconds when they grow and when their memory is freed.
 */
export class ObservationList {
  readonly chunks: ObservationChunk[] = [];
  private last: ObservationChunk | undefined = undefined;

  get size(): number {
    const { chunks, last } = this;
    return last === undefined ? 0 : (chunks.length - 1) * STEP_SIZE + last.observations.length;
  }

  /** @param context if exemplars need it; for all observations or for none */
  add(observation: Observation, value: number, context: Context | undefined): void {
    let chunk = this.last;
    if (chunk === undefined || chunk.observations.length === STEP_SIZE) {
      chunk = { observations: [], values: [], contexts: context === undefined ? undefined : [] };
      this.last = chunk;
      this.chunks.push(chunk);
    }
    chunk.observations.push(observation);
    chunk.values.push(value);
    if (context !== undefined) chunk.contexts?.push(context);
  }
}
