import type { Context } from '@opentelemetry/api';
import { isOverflow, OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import type { Exemplar } from '../collection/points';
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
    const { table, collectedAt } = state;
    const previous = collectedAt ?? this.createdAt;
    state.collection++;
    const maxSize = sources.reduce((sum, { lists }) => sum + lists.reduce((all, { size }) => all + size, 0), 0);
    const points = new ObservedPoints(maxSize);
    const newcomers = yield* this.recordKnown(state, sources, time, points);
    points.reverse();
    yield* this.recordNewcomers(state, newcomers, limit, time, previous, points);
    for (let i = 0; i < points.size; i++) {
      if (i % STEP_SIZE === 0) yield;
      const series = points.at(i);
      const amount = this.takeAmount(series, isDelta, previous);
      points.setValue(i, amount, isDelta ? previous : series.start, this.collectExemplars(series, position));
    }
    state.collectedAt = time;
    yield* table.forget(state.collection, findCapacity(reader));
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
   * own and the overflow point while the limit is exceeded. Walks from the last observation to the first one, because the
   * last one of an attribute set counts.
   *
   * @returns all other observations
   */
  private *recordKnown(
    state: ReaderState,
    sources: readonly SourceObservations[],
    time: number,
    points: ObservedPoints,
  ): Generator<void, Newcomer[]> {
    const { isLastValue } = this;
    const newcomers: Newcomer[] = [];
    for (const { instrument, slot: firstSlot, lists } of sources.toReversed()) {
      const slot = firstSlot + state.position;
      const walk = instrument.startWalk();
      for (const { observations, values, contexts } of lists.toReversed()) {
        for (let i = observations.length - 1; i >= 0; i--) {
          if (i % STEP_SIZE === 0) yield;
          const observation = observations[i] as Observation;
          if (observation.walk === walk) continue;
          observation.walk = walk;
          const value = values[i] as number;
          // Sums and histograms cannot hold what is not finite.
          if (!isLastValue && !Number.isFinite(value)) continue;
          const context = contexts?.[i];
          const series = state.table.find(observation, slot, context);
          if (series.row < 0 || series.collection < state.collection - 1) {
            newcomers.push({ observation, value, context, slot, series });
          } else if (!isLastValue || series.collection !== state.collection) {
            this.record(state, series, observation, value, context, time, points);
          }
        }
      }
    }
    return newcomers;
  }

  /** Records the observations of other series, as long as there are places. */
  private *recordNewcomers(
    state: ReaderState,
    newcomers: readonly Newcomer[],
    limit: number,
    time: number,
    start: number,
    points: ObservedPoints,
  ): Generator<void> {
    const { table } = state;
    for (let i = newcomers.length - 1; i >= 0; i--) {
      if (i % STEP_SIZE === 0) yield;
      const { observation, value, context, slot, series: found } = newcomers[i] as Newcomer;
      let series = found;
      const equal = series.row < 0 ? table.findEqual(series) : undefined;
      if (equal !== undefined) {
        series = equal;
        if (observation.series(slot) === found) observation.setSeries(slot, equal);
      }
      if (series.collection !== state.collection) {
        const places = points.size - (state.overflow?.collection === state.collection ? 1 : 0);
        if (isOverflow(series.attributes) || places >= limit || table.isFull) {
          series = this.overflowSeries(state, limit, start);
          this.overflowMeasurements++;
        } else if (series.row < 0) {
          table.insert(series, start);
        }
      }
      this.record(state, series, observation, value, context, time, points);
    }
  }

  private record(
    state: ReaderState,
    series: ObservedSeries,
    { attributes }: Observation,
    value: number,
    context: Context | undefined,
    time: number,
    points: ObservedPoints,
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

  private collectExemplars({ exemplars, attributes }: ObservedSeries, position: number): readonly Exemplar[] {
    return exemplars === undefined ? NONE : this.exemplars.collect(exemplars, position, attributes);
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

/** Returns the number of series that a reader keeps although they are not observed. */
function findCapacity({ limit }: StreamReader): number {
  return 2 * limit;
}

const NONE: readonly Exemplar[] = [];
