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
import type { Observation, ObservationChunk, ObservationList } from './observation';
import type { Newcomer, ObservedCollection, ReaderState } from './observed-collection';
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

  /** Returns what was observed in a round, by source. */
  observed(round: number): (readonly ObservationList[])[] {
    return this.sources.map(({ instrument }) => instrument.observed(round));
  }

  /**
   * Aggregates what was observed in a round, in steps. Collections of one provider must not overlap.
   *
   * @param position the reader's position in {@link readers}
   * @param time when the collection was asked for
   * @param observed what {@link observed} returned for the round
   * @param collected is given the points of the sets that were observed and no others (Metrics SDK, Asynchronous instruments)
   */
  *collect(
    position: number,
    time: number,
    observed: readonly (readonly ObservationList[])[],
    collected: Map<ObservedStream, StreamCollection>,
  ): Generator<void> {
    const state = this.states[position];
    const reader = this.readers[position];
    if (state === undefined || reader === undefined) return;
    const { isDelta, limit } = reader;
    const previous = state.collectedAt ?? this.createdAt;
    state.collection++;
    let maxSize = 0;
    for (const lists of observed) for (const { size } of lists) maxSize += size;
    const points = new ObservedPoints(maxSize, this.isSum || this.isLastValue);
    const newcomers: Newcomer[] = [];
    const collection = { state, limit, time, previous, points, newcomers, hasRoom: maxSize <= limit };
    let looked = 0;
    // From the last observation to the first one, because the last one of an attribute set counts.
    for (let source = observed.length - 1; source >= 0; source--) {
      const { instrument, slot } = this.sources[source] as Source;
      const lists = observed[source] as readonly ObservationList[];
      const walk = instrument.startWalk();
      for (let list = lists.length - 1; list >= 0; list--) {
        const { chunks } = lists[list] as ObservationList;
        for (let i = chunks.length - 1; i >= 0; i--) {
          const chunk = chunks[i] as ObservationChunk;
          looked += chunk.size;
          if (looked > STEP_SIZE) {
            yield;
            looked = chunk.size;
          }
          this.recordChunk(collection, chunk, slot + position, walk);
        }
      }
    }
    points.reverse();
    for (let end = newcomers.length; end > 0; end -= STEP_SIZE) {
      yield;
      this.recordNewcomers(collection, Math.max(end - STEP_SIZE, 0), end);
    }
    for (let start = 0; start < points.size; start += STEP_SIZE) {
      if (start > 0) yield;
      this.takeValues(collection, isDelta, start, Math.min(start + STEP_SIZE, points.size));
    }
    state.collectedAt = time;
    if (state.table.size > findCapacity(reader)) yield* state.table.forget(state.collection);
    if (points.size === 0) return;
    const { scope, descriptor, aggregation } = this;
    const read = (pieceSize: number) => points.read(pieceSize, aggregation, time);
    collected.set(this, new StreamCollection(scope, descriptor, aggregation, isDelta, points.size, read));
  }

  /** Forgets everything that readers were given. */
  close(): void {
    this.states.length = 0;
  }

  /**
   * Records the observations of series that the collection before had, so that a series does not move between a point of its
   * own and the overflow point while the limit is exceeded; all observations if there is a place for each.
   */
  private recordChunk(collection: ObservedCollection, chunk: ObservationChunk, slot: number, walk: number): void {
    const { isLastValue } = this;
    const { state, newcomers, hasRoom } = collection;
    const { observations, values, contexts } = chunk;
    for (let i = chunk.size - 1; i >= 0; i--) {
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

  /** Records some of the other observations, from the last one of the list, which was observed first. */
  private recordNewcomers(collection: ObservedCollection, start: number, end: number): void {
    for (let i = end - 1; i >= start; i--) {
      const { observation, value, context, slot, series } = collection.newcomers[i] as Newcomer;
      this.record(collection, this.place(collection, observation, slot, series), observation, value, context);
    }
  }

  /** Returns the series that takes an observation: that of its attributes if there is a place for it, or the overflow series. */
  private place(
    { state, points, limit, previous }: ObservedCollection,
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
    { state, points, time }: ObservedCollection,
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

  /** Has some points show the amounts of now, and starts the next interval of their series. */
  private takeValues(
    { points, state: { position }, previous }: ObservedCollection,
    isDelta: boolean,
    start: number,
    end: number,
  ): void {
    for (let i = start; i < end; i++) {
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
