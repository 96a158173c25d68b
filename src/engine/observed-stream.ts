import type { Context } from '@opentelemetry/api';
import { isOverflow, OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import type { Scope } from '../collection/slices';
import { STEP_SIZE } from '../turns';
import type { Aggregation } from './aggregation/aggregation';
import { createAggregation } from './aggregation/create';
import { AttributePipeline } from './attribute-pipeline';
import type { InstrumentDescriptor } from './descriptor';
import type { ExemplarSampler } from './exemplars';
import type { ObservableInstrument } from './observable';
import type { Observation, ObservationList } from './observation';
import { ObservedPoints } from './observed-points';
import { ObservedSeries } from './observed-series';
import { ObservedSeriesTable } from './observed-series-table';
import { SeriesStore } from './series-store';
import type { StreamContext } from './stream';
import { StreamCollection } from './stream-collection';
import { StreamExemplars } from './stream-exemplars';
import { reportOverflow } from './stream-reports';
import type { StreamPlan, StreamReader } from './view-plan';

/** An instrument that a stream aggregates. */
interface Source {
  readonly instrument: ObservableInstrument;
  /** Under which an observation keeps its series for the first reader. Further readers follow. */
  readonly slot: number;
}

/** What was observed of one source. */
export interface SourceObservations extends Source {
  readonly lists: readonly ObservationList[];
}

/** An observation whose series was not observed in the collection before. */
interface Newcomer {
  readonly observation: Observation;
  readonly value: number;
  readonly context: Context | undefined;
  readonly slot: number;
  readonly series: ObservedSeries;
}

/** The state of one reader. Callbacks observe for the reader that collects, so readers share no series. */
interface ReaderState {
  readonly position: number;
  readonly table: ObservedSeriesTable;
  overflow: ObservedSeries | undefined;
  /** The number of the collection. */
  collection: number;
  collectedAt: number | undefined;
}

/** What one reader collects. */
interface Collection {
  readonly state: ReaderState;
  readonly limit: number;
  /** When the collection was asked for. */
  readonly time: number;
  /** When the reader collected before. */
  readonly previous: number;
  readonly points: ObservedPoints;
}

/** One metric stream of asynchronous instruments. */
export class ObservedStream {
  descriptor: InstrumentDescriptor;
  readonly readers: readonly StreamReader[];
  /** Observations that a reader was given as part of its overflow point. */
  overflowMeasurements = 0;

  private readonly sources: Source[] = [];
  private readonly aggregation: Aggregation<unknown>;
  private readonly store: SeriesStore;
  private readonly isSum: boolean;
  private readonly isLastValue: boolean;
  private readonly sampler: ExemplarSampler;
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
    const pipeline = new AttributePipeline(descriptor.name, definition, processors);
    this.sampler = context.sampler;
    const createReservoir = exemplarReservoir ?? this.aggregation.createReservoir;
    this.exemplars = new StreamExemplars(this.store, context.sampler, readers, this.aggregation, createReservoir);
    this.createdAt = context.now();
    this.states = readers.map((_, position) => ({
      position,
      table: new ObservedSeriesTable(pipeline, this.store),
      overflow: undefined,
      collection: 0,
      collectedAt: undefined,
    }));
  }

  /** Aggregates the observations of an instrument from now on. */
  addSource(instrument: ObservableInstrument): void {
    if (this.sources.some((source) => source.instrument === instrument)) return;
    const capacity = Math.max(...this.readers.map(findCapacity));
    this.sources.push({ instrument, slot: instrument.reserveSlots(this.readers.length, capacity) });
    if (this.sources.length > 1) for (const { table } of this.states) table.share();
  }

  /** Returns what was observed in a round. */
  observed(round: number): SourceObservations[] {
    return this.sources.map((source) => ({ ...source, lists: source.instrument.observed(round) }));
  }

  /**
   * Aggregates what was observed in a round, in steps. Returns the points of the sets that were observed and no others (Metrics
   * SDK, Asynchronous instruments), or `undefined` if there are none. Collections of one provider must not overlap.
   *
   * @param position the reader's position in {@link readers}
   * @param time when the collection was asked for
   */
  *collect(
    position: number,
    time: number,
    sources: readonly SourceObservations[],
  ): Generator<void, StreamCollection | undefined> {
    const state = this.states[position];
    const reader = this.readers[position];
    if (state === undefined || reader === undefined) return undefined;
    const { isDelta, limit } = reader;
    const previous = state.collectedAt ?? this.createdAt;
    state.collection++;
    const lists = sources.flatMap((source) => source.lists);
    const maxSize = lists.reduce((sum, { size }) => sum + size, 0);
    const points = new ObservedPoints(maxSize, this.isSum || this.isLastValue);
    const collection = { state, limit, time, previous, points };
    const newcomers = yield* this.recordKnown(collection, sources, maxSize <= limit);
    points.reverse();
    if (newcomers.length > 0) yield* this.recordNewcomers(collection, newcomers);
    yield* this.takeValues(points, position, isDelta, previous);
    state.collectedAt = time;
    if (state.table.size > findCapacity(reader)) yield* state.table.forget(state.collection);
    if (points.size === 0) return undefined;
    const { scope, descriptor, aggregation } = this;
    return new StreamCollection(scope, descriptor, aggregation, isDelta, points.size, (pieceSize) =>
      points.read(pieceSize, aggregation, time),
    );
  }

  /** Forgets everything that readers were given. */
  close(): void {
    this.states.length = 0;
  }

  /**
   * Records the observations of series that the collection before had, so that a series does not move between a point of its
   * own and the overflow point while the limit is exceeded; all observations if there is a place for each. Walks from the last
   * observation to the first one, because the last one of an attribute set counts.
   *
   * @returns the other observations
   */
  private *recordKnown(
    collection: Collection,
    sources: readonly SourceObservations[],
    hasRoom: boolean,
  ): Generator<void, Newcomer[]> {
    const { isLastValue } = this;
    const { state } = collection;
    const newcomers: Newcomer[] = [];
    let looked = 0;
    for (const { instrument, slot: firstSlot, lists } of sources.toReversed()) {
      const slot = firstSlot + state.position;
      const walk = instrument.startWalk();
      for (const { size, observations, values, contexts } of lists.flatMap(({ chunks }) => chunks).reverse()) {
        looked += size;
        if (looked > STEP_SIZE) {
          yield;
          looked = size;
        }
        for (let i = size - 1; i >= 0; i--) {
          const observation = observations[i] as Observation;
          if (observation.walk === walk) continue;
          observation.walk = walk;
          const value = values[i] as number;
          // Sums and histograms cannot hold what is not finite.
          if (!isLastValue && !Number.isFinite(value)) continue;
          const context = contexts?.[i];
          let series = state.table.find(observation, slot, context);
          if (series.row < 0 || series.collection < state.collection - 1) {
            if (!hasRoom) {
              newcomers.push({ observation, value, context, slot, series });
              continue;
            }
            series = this.place(collection, observation, slot, series);
          }
          if (isLastValue && series.collection === state.collection) continue;
          this.record(collection, series, observation, value, context);
        }
      }
    }
    return newcomers;
  }

  /** Records other observations, from the first one to the last one. */
  private *recordNewcomers(collection: Collection, newcomers: readonly Newcomer[]): Generator<void> {
    for (let i = newcomers.length - 1; i >= 0; i--) {
      if (i % STEP_SIZE === 0) yield;
      const { observation, value, context, slot, series } = newcomers[i] as Newcomer;
      this.record(collection, this.place(collection, observation, slot, series), observation, value, context);
    }
  }

  /** Returns the series that takes an observation: that of its attributes if there is a place for it, or the overflow series. */
  private place(
    { state, points, limit, previous }: Collection,
    observation: Observation,
    slot: number,
    found: ObservedSeries,
  ): ObservedSeries {
    const { table } = state;
    const equal = found.row < 0 ? table.findEqual(found) : undefined;
    if (equal !== undefined && observation.series(slot) === found) observation.setSeries(slot, equal);
    const series = equal ?? found;
    if (series.collection === state.collection) return series;
    const places = points.size - (state.overflow?.collection === state.collection ? 1 : 0);
    if (isOverflow(series.attributes) || places >= limit || table.isFull) {
      this.overflowMeasurements++;
      return this.overflowSeries(state, limit, previous);
    }
    if (series.row < 0) table.insert(series, previous, observation, slot);
    return series;
  }

  private record(
    { state, points, time }: Collection,
    series: ObservedSeries,
    { attributes }: Observation,
    value: number,
    context: Context | undefined,
  ): void {
    if (series.collection !== state.collection) {
      points.add(series);
      series.collection = state.collection;
      // Several observations of a round are one sum if a view made their attributes equal.
      if (this.isSum) this.store.reset(series.row);
    }
    this.store.add(series.row, value);
    if (context !== undefined && this.sampler.accepts(context)) {
      series.exemplars ??= [];
      this.exemplars.offer(state.position, value, attributes, context, time, series.exemplars);
    }
  }

  /** Has points show the amounts of now, and starts the next interval. */
  private *takeValues(points: ObservedPoints, position: number, isDelta: boolean, previous: number): Generator<void> {
    for (let i = 0; i < points.size; i++) {
      if (i % STEP_SIZE === STEP_SIZE - 1) yield;
      const series = points.at(i);
      points.setValue(i, this.takeAmount(series, isDelta, previous), isDelta ? previous : series.start);
      if (series.exemplars === undefined) continue;
      points.setExemplars(i, this.exemplars.collect(series.exemplars, position, series.attributes));
    }
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

  private overflowSeries(state: ReaderState, limit: number, start: number): ObservedSeries {
    if (state.overflow === undefined) {
      reportOverflow(this.descriptor.name, limit);
      state.overflow = new ObservedSeries(OVERFLOW_ATTRIBUTES);
      state.overflow.begin(this.store.allocate(OVERFLOW_ATTRIBUTES), start);
    }
    return state.overflow;
  }
}

/**
 * Returns the number of series up to which a reader keeps those that are not observed, so that their next delta is correct.
 */
function findCapacity({ limit }: StreamReader): number {
  return 2 * limit;
}
