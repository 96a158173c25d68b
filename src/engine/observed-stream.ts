import { type Attributes, ROOT_CONTEXT } from '@opentelemetry/api';
import { isOverflow, OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import { toHrTime } from '../collection/hr-time';
import type { Scope } from '../collection/slices';
import type { Aggregation } from './aggregation/aggregation';
import { createAggregation } from './aggregation/create';
import { AttributePipeline } from './attribute-pipeline';
import type { InstrumentDescriptor } from './descriptor';
import type { ExemplarStores } from './exemplars';
import { AttributeTable } from './lookup/attribute-table';
import type { Observation } from './observable';
import { SeriesStore } from './series-store';
import type { StreamContext } from './stream';
import { pieces, point, StreamCollection } from './stream-collection';
import { StreamExemplars } from './stream-exemplars';
import { reportOverflow } from './stream-reports';
import type { StreamPlan, StreamReader } from './view-plan';

/** One attribute set for one reader. */
interface ObservedSeries {
  readonly attributes: Attributes;
  /** The row that holds what was observed: the sum or last value of one round, or the distribution of all. */
  readonly row: number;
  /** Cumulative: when the series began. */
  start: number;
  /** Sums: the value that was reported last, from which deltas count. */
  reported: number;
  /** The number of the collection in which it was observed last. */
  collection: number;
  readonly exemplars: ExemplarStores;
}

/** The state of one reader. Callbacks observe for the reader that collects, so readers share no series. */
interface ReaderState {
  readonly table: AttributeTable<ObservedSeries>;
  overflow: ObservedSeries | undefined;
  collection: number;
  collectedAt: number | undefined;
}

/** One metric stream of asynchronous instruments. */
export class ObservedStream {
  descriptor: InstrumentDescriptor;
  readonly readers: readonly StreamReader[];
  /** Observations that a reader was given as part of its overflow point. */
  overflowMeasurements = 0;

  private readonly aggregation: Aggregation<unknown>;
  private readonly store: SeriesStore;
  private readonly isSum: boolean;
  private readonly isLastValue: boolean;
  private readonly pipeline: AttributePipeline;
  /** Attributes of observations, processed. Kept if they depend on nothing else. */
  private readonly processed = new WeakMap<Observation, Attributes>();
  private readonly exemplars: StreamExemplars;
  private readonly states: ReaderState[];
  private readonly createdAt: number;

  constructor(
    plan: StreamPlan,
    readonly scope: Scope,
    context: StreamContext,
  ) {
    const { descriptor, readers, aggregation, definition, processors, exemplarReservoir } = plan;
    this.descriptor = descriptor;
    this.readers = readers;
    this.aggregation = createAggregation(aggregation);
    this.store = new SeriesStore(this.aggregation);
    this.isSum = aggregation.kind === 'sum';
    this.isLastValue = aggregation.kind === 'last-value';
    this.pipeline = new AttributePipeline(descriptor.name, definition, processors);
    const createReservoir = exemplarReservoir ?? this.aggregation.createReservoir;
    this.exemplars = new StreamExemplars(this.store, context.sampler, readers, this.aggregation, createReservoir);
    this.createdAt = context.now();
    this.states = readers.map(() => ({
      table: new AttributeTable(),
      overflow: undefined,
      collection: 0,
      collectedAt: undefined,
    }));
  }

  /**
   * Returns the points of the sets that were observed in a round, and no others (Metrics SDK, Asynchronous instruments), or
   * `undefined` if there are none.
   *
   * @param position the reader's position in {@link readers}
   * @param time when the collection was asked for
   */
  collect(position: number, time: number, observations: readonly Observation[]): StreamCollection | undefined {
    const { isDelta, limit } = this.readers[position] as StreamReader;
    const state = this.states[position] as ReaderState;
    const previous = state.collectedAt ?? this.createdAt;
    state.collection++;
    const observed = this.assign(state, observations, limit, position, time, previous);
    const endTime = toHrTime(time);
    const intervalStart = toHrTime(previous);
    const points = observed.map((series) => {
      const value = this.aggregation.pointValue(this.takeAmount(series, isDelta, previous));
      const exemplars = this.exemplars.collect(series.exemplars, position, series.attributes);
      return point(isDelta ? intervalStart : toHrTime(series.start), endTime, series.attributes, value, exemplars);
    });
    state.collectedAt = time;
    this.forget(state, limit);
    if (points.length === 0) return undefined;
    return new StreamCollection(this.scope, this.descriptor, this.aggregation, isDelta, points.length, (size) =>
      pieces(points, size),
    );
  }

  /** Forgets everything that readers were given. */
  close(): void {
    this.states.length = 0;
  }

  /**
   * Divides observations among series. Those of the collection before keep their places, so that a series does not move
   * between a point of its own and the overflow point while the limit is exceeded.
   */
  private assign(
    state: ReaderState,
    observations: readonly Observation[],
    limit: number,
    position: number,
    time: number,
    previous: number,
  ): ObservedSeries[] {
    const observed: ObservedSeries[] = [];
    const others: [Observation, Attributes][] = [];
    const record = (series: ObservedSeries, observation: Observation) => {
      if (series.collection !== state.collection) {
        observed.push(series);
        series.collection = state.collection;
        // Several observations of a round are one sum if a view made their attributes equal.
        if (this.isSum) this.store.reset(series.row);
      }
      this.store.add(series.row, observation.value);
      const { value, attributes, context = ROOT_CONTEXT } = observation;
      this.exemplars.offer(position, value, attributes, context, time, series.exemplars);
    };
    for (const observation of observations) {
      // Sums and histograms cannot hold what is not finite.
      if (!this.isLastValue && !Number.isFinite(observation.value)) continue;
      const attributes = this.process(observation);
      const series = state.table.get(attributes);
      if (series !== undefined && series.collection >= state.collection - 1) record(series, observation);
      else others.push([observation, attributes]);
    }
    for (const [observation, attributes] of others) {
      let series = state.table.get(attributes);
      if (series === undefined || series.collection !== state.collection) {
        const places = observed.length - (state.overflow?.collection === state.collection ? 1 : 0);
        if (isOverflow(attributes) || places >= limit || state.table.isFull) {
          series = this.overflowSeries(state, previous, limit);
          this.overflowMeasurements++;
        } else if (series === undefined) {
          series = this.createSeries(attributes, previous);
          state.table.insert(series);
        }
      }
      record(series, observation);
    }
    return observed;
  }

  private process(observation: Observation): Attributes {
    const known = this.processed.get(observation);
    if (known !== undefined) return known;
    const { attributes, isLasting } = this.pipeline.process(observation.attributes, observation.context);
    if (isLasting) this.processed.set(observation, attributes);
    return attributes;
  }

  private takeAmount(series: ObservedSeries, isDelta: boolean, previous: number): unknown {
    const amount = this.store.recent(series.row);
    if (!this.isSum) {
      if (isDelta && !this.isLastValue) this.store.reset(series.row);
      return amount;
    }
    const { reported } = series;
    series.reported = amount as number;
    const hasReset = this.aggregation.isMonotonic === true && (amount as number) < reported;
    if (hasReset) series.start = previous;
    return isDelta && !hasReset ? (amount as number) - reported : amount;
  }

  private overflowSeries(state: ReaderState, previous: number, limit: number): ObservedSeries {
    if (state.overflow === undefined) {
      reportOverflow(this.descriptor.name, limit);
      state.overflow = this.createSeries(OVERFLOW_ATTRIBUTES, previous);
    }
    return state.overflow;
  }

  private createSeries(attributes: Attributes, start: number): ObservedSeries {
    return { attributes, row: this.store.allocate(attributes), start, reported: 0, collection: 0, exemplars: [] };
  }

  /** Drops series that were not observed, once there are many. Until then they stay, so that their next delta is correct. */
  private forget({ table, collection }: ReaderState, limit: number): void {
    if (table.size <= 2 * limit) return;
    for (const series of table.matching({})) {
      if (series.collection === collection) continue;
      table.remove(series);
      this.store.release(series.row);
    }
  }
}
