import type { Context } from '@opentelemetry/api';
import type { AttributePipeline } from './attribute-pipeline';
import { AttributeTable } from './lookup/attribute-table';
import type { Observation } from './observation';
import { ObservedSeries } from './observed-series';
import { removeInSteps } from './remove-in-steps';
import type { SeriesStore } from './series-store';

/** The series of an asynchronous stream for one reader. */
export class ObservedSeriesTable {
  /** Those that have a row, in no order. */
  private readonly series: ObservedSeries[] = [];
  /** The same, by attributes. Absent as long as no two observations can have one series. */
  private byAttributes: AttributeTable<ObservedSeries> | undefined = undefined;

  constructor(
    private readonly pipeline: AttributePipeline,
    private readonly store: SeriesStore,
  ) {
    if (!pipeline.changesNothing) this.share();
  }

  /** The number of series that have a row. */
  get size(): number {
    return this.series.length;
  }

  /** Whether there can be no further series. */
  get isFull(): boolean {
    return this.byAttributes?.isFull === true;
  }

  /** Lets observations have one series if they are processed into the same attributes. */
  share(): void {
    if (this.byAttributes !== undefined) return;
    this.byAttributes = new AttributeTable();
    // An observation that was forgotten and made again has left a series that is no longer observed.
    for (const series of this.series.toSorted((a, b) => b.collection - a.collection)) {
      if (this.byAttributes.get(series.attributes) === undefined) this.byAttributes.insert(series);
    }
  }

  /**
   * Returns the series of an observation. It has no row if it is new, or has no place.
   *
   * @param slot under which the observation keeps it
   */
  find(observation: Observation, slot: number, context: Context | undefined): ObservedSeries {
    const known = observation.series(slot);
    if (known !== undefined) return known;
    const { changesNothing } = this.pipeline;
    const { attributes, isLasting } = changesNothing
      ? { attributes: observation.attributes, isLasting: true }
      : this.pipeline.process(observation.attributes, context);
    const series = this.byAttributes?.get(attributes) ?? new ObservedSeries(attributes);
    // A set without a place costs no memory, unless its attributes would have to be processed again.
    if (isLasting && (series.row >= 0 || !changesNothing)) observation.setSeries(slot, series);
    return series;
  }

  /** Returns the series with a row that has the same attributes as one without. */
  findEqual({ attributes }: ObservedSeries): ObservedSeries | undefined {
    return this.byAttributes?.get(attributes);
  }

  /** Gives the series of an observation a row. No other series has its attributes. */
  insert(series: ObservedSeries, start: number, observation: Observation, slot: number): void {
    series.begin(this.store.allocate(series.attributes), start);
    this.series.push(series);
    this.byAttributes?.insert(series);
    if (this.pipeline.changesNothing) observation.setSeries(slot, series);
  }

  /**
   * Drops series that were not observed.
   *
   * @param collection the number of the last collection
   */
  *forget(collection: number): Generator<void> {
    yield* removeInSteps(this.series, (series) => {
      if (series.collection === collection) return false;
      this.byAttributes?.remove(series);
      this.store.release(series.row);
      series.end();
      return true;
    });
  }
}
