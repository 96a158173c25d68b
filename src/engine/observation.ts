import type { Attributes, Context } from '@opentelemetry/api';
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

/** What one callback observed of one instrument, in order. One attribute set can be observed more than once. */
export class ObservationList {
  readonly observations: Observation[] = [];
  readonly values: number[] = [];
  /** The contexts of the observations, if exemplars need them. */
  readonly contexts: Context[] | undefined;

  constructor(hasContexts: boolean) {
    this.contexts = hasContexts ? [] : undefined;
  }

  get size(): number {
    return this.observations.length;
  }

  add(observation: Observation, value: number): void {
    this.observations.push(observation);
    this.values.push(value);
  }
}
