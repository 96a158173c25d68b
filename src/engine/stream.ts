import type { Attributes, Context } from '@opentelemetry/api';
import { isEmptySelector } from '../catalog/label-validation';
import { isOverflow, OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import type { Scope } from '../collection/slices';
import { report } from '../diagnostics';
import type { Aggregation } from './aggregation/aggregation';
import { createAggregation } from './aggregation/create';
import { Alias } from './alias';
import { AttributePipeline, type ProcessedAttributes } from './attribute-pipeline';
import { DeltaLedger } from './delta-ledger';
import type { InstrumentDescriptor } from './descriptor';
import { activeContext, type ExemplarSampler } from './exemplars';
import { MeasurementCheck } from './measurement-check';
import { type Series, type SeriesOwner, State, UNLISTED } from './series';
import { SeriesIndex } from './series-index';
import { collectStream, type StreamCollection } from './stream-collection';
import { StreamExemplars } from './stream-exemplars';
import type { StreamPlan, StreamReader } from './view-plan';

/** Configuration that all streams of a provider share. */
export interface StreamContext {
  readonly sampler: ExemplarSampler;
  /** Returns milliseconds since the epoch. */
  readonly now: () => number;
}

/** The number of removed series that a list may hold before it is compacted. */
const MAX_DETACHED = 100;

const NO_ATTRIBUTES: Attributes = {};

/**
 * One metric stream of synchronous instruments: its series, found by attributes, with the limits and intervals of the
 * readers that collect it.
 */
export class Stream implements SeriesOwner {
  descriptor: InstrumentDescriptor;
  readonly minimum: number;
  readonly readers: readonly StreamReader[];
  readonly aggregation: Aggregation<unknown>;
  readonly exemplars: StreamExemplars;
  /** Absent if all readers are cumulative and have one limit: then a set without a place is never stored. */
  readonly ledger: DeltaLedger<unknown> | undefined;
  readonly createdAt: number;
  /** The series that are collected, in the order in which they were first recorded on. Replaced, never shortened. */
  list: Series[] = [];
  overflow: Series | undefined;
  /** Measurements that at least one reader counts in its overflow point. */
  overflowMeasurements = 0;
  /** When each reader last collected, by its position. */
  readonly collectedAt: (number | undefined)[] = [];

  private readonly index: SeriesIndex;
  private readonly check: MeasurementCheck;
  private readonly pipeline: AttributePipeline;
  private readonly limit: number;
  /** Sets that hold a place, where there is no ledger. */
  private held = 0;
  /** Series in the list that were removed. */
  private detached = 0;
  private isClosed = false;

  constructor(
    plan: StreamPlan,
    readonly scope: Scope,
    private readonly context: StreamContext,
  ) {
    const { descriptor, readers, aggregation, definition, processors, exemplarReservoir } = plan;
    this.descriptor = descriptor;
    this.readers = readers;
    this.check = new MeasurementCheck(descriptor.name, descriptor, aggregation.kind);
    this.minimum = this.check.minimum;
    this.pipeline = new AttributePipeline(descriptor.name, definition, processors);
    this.aggregation = createAggregation(aggregation);
    const { createReservoir, combine } = this.aggregation;
    const reservoir = exemplarReservoir ?? createReservoir;
    this.exemplars = new StreamExemplars(context.sampler, readers, this.aggregation, reservoir);
    this.limit = readers[0]?.limit ?? plan.limit;
    const isUniform = readers.every(({ isDelta, limit }) => !isDelta && limit === this.limit);
    this.ledger = isUniform ? undefined : new DeltaLedger(readers, combine);
    this.index = new SeriesIndex(this.pipeline.keepsOwn, 2 * this.limit);
    this.createdAt = context.now();
    context.sampler.onActive(() => this.guardAll());
  }

  /** Returns the series of attributes that are known. Never throws. */
  find(given: Attributes | undefined | null): Series | Alias | undefined {
    return this.index.find(given);
  }

  /** Records a measurement whose attributes are not known. */
  measureNew(value: number, given: Attributes | undefined | null, context: Context | undefined): void {
    if (this.isClosed) return;
    const accepted = this.check.accept(value);
    if (accepted === undefined) return;
    const processed = this.pipeline.process(given ?? NO_ATTRIBUTES, context);
    const series = this.index.get(processed.attributes) ?? this.create(processed);
    this.write(series, accepted, context, processed.read);
    if (processed.isLasting && series !== this.overflow) this.index.remember(given, processed, series);
  }

  measure(series: Series, value: number, context: Context | undefined, given: Attributes | undefined): void {
    if (this.isClosed) return;
    const accepted = this.check.accept(value);
    if (accepted !== undefined) this.write(series, accepted, context, given ?? series.attributes);
  }

  bind(given: Attributes | undefined): Series | Alias {
    this.context.sampler.refresh();
    const processed = this.pipeline.process(given, undefined);
    const { attributes, read } = processed;
    let series = this.index.get(processed.attributes);
    if (series === undefined) {
      if (isOverflow(attributes)) return this.overflowSeries();
      series = this.aggregation.createSeries(this, attributes);
      // Handles are found again by their attributes, but not without end: who binds ever new sets may never record.
      if (this.index.size < 2 * (this.ledger?.capacity ?? this.limit)) this.index.insert(series);
      else series.state = State.Detached;
    }
    const isFiltered = Object.keys(read).some((key) => !Object.hasOwn(attributes, key));
    return isFiltered && this.context.sampler.isPossible ? new Alias(read, series) : series;
  }

  /** Returns the value of a series that is collected. */
  get(given: Attributes | undefined): unknown {
    const attributes = this.pipeline.lookUp(given);
    if (attributes === undefined) return undefined;
    const series = isOverflow(attributes) ? this.overflow : this.index.get(attributes);
    return series === undefined || series.state === State.Fresh ? undefined : series.get();
  }

  initialize(given: Attributes | undefined): void {
    if (this.isClosed) return;
    const processed = this.pipeline.process(given, undefined);
    const series = this.index.get(processed.attributes) ?? this.create(processed);
    if (series.state === State.Fresh && series !== this.overflow) this.place(series);
  }

  /** Returns the number of series that ended. */
  remove(given: Attributes): number {
    const selector = this.pipeline.select(given);
    // What cannot be read must not select all series either.
    if (selector === undefined || (Object.keys(selector).length === 0 && !isEmptySelector(given))) return 0;
    const found = this.index.matching(selector).filter(({ state }) => state !== State.Fresh);
    const { overflow } = this;
    if (overflow !== undefined && Object.keys(selector).every((key) => selector[key] === overflow.attributes[key])) {
      found.push(overflow);
    }
    for (const series of found) this.detach(series);
    return found.length;
  }

  clear(): void {
    for (const series of this.list) if (series.state !== State.Detached) this.detach(series);
  }

  *series(): Iterable<{ readonly attributes: Attributes; readonly value: unknown }> {
    for (const series of this.list) {
      if (series.state !== State.Detached) yield { attributes: series.attributes, value: series.get() };
    }
  }

  /**
   * Returns what a reader reads next, or `undefined` if there are no points.
   *
   * @param position the reader's position in {@link readers}
   * @param time when the collection was asked for
   */
  collect(position: number, time: number): StreamCollection | undefined {
    if (this.detached > 0) this.compact();
    const collected = collectStream(this, position, time);
    this.collectedAt[position] = time;
    if (this.ledger !== undefined && this.list.length > this.ledger.capacity) this.evictIdle(this.ledger);
    return collected;
  }

  /** Ends recording, and gives all memory back. */
  close(): void {
    this.clear();
    this.compact();
    this.isClosed = true;
  }

  /** Has every series look at its measurements. */
  private guardAll(): void {
    for (const series of this.list) if (series.state === State.Live) series.state = State.Guarded;
  }

  /** Creates a series, or returns the overflow series if no reader has a place for it. */
  private create({ attributes }: ProcessedAttributes): Series {
    if (isOverflow(attributes) || !this.hasRoom) return this.overflowSeries();
    const series = this.aggregation.createSeries(this, attributes);
    this.index.insert(series);
    return series;
  }

  private write(given: Series, value: number, context: Context | undefined, attributes: Attributes): void {
    const series = this.place(given);
    series.apply(value);
    if (series === this.overflow || series.cold?.entry?.isSpilled === true) this.overflowMeasurements++;
    if (this.context.sampler.isActive || context !== undefined) {
      this.exemplars.sample(series, value, attributes, context ?? activeContext(), this.context.now(), this.ledger);
    }
  }

  /** Returns the series that takes a measurement: the given one, the one that replaced it, or the overflow series. */
  private place(series: Series): Series {
    if (series.state === State.Detached) {
      if (isOverflow(series.attributes)) return this.overflowSeries();
      const successor = this.index.get(series.attributes);
      if (successor !== undefined) return this.place(successor);
      if (!this.hasRoom) return this.overflowSeries();
      this.index.insert(series);
      series.state = State.Fresh;
    }
    if (series.state === State.Fresh) {
      if (!this.admit(series)) return this.overflowSeries();
      this.enlist(series);
    } else {
      this.ledger?.touch(series, series === this.overflow);
    }
    series.state = this.mustGuard(series) ? State.Guarded : State.Live;
    return series;
  }

  private get hasRoom(): boolean {
    return this.ledger === undefined ? this.held < this.limit : this.ledger.hasRoom;
  }

  private admit(series: Series): boolean {
    if (this.ledger !== undefined) return this.ledger.admit(series);
    if (this.held >= this.limit) return false;
    this.held++;
    return true;
  }

  private enlist(series: Series): void {
    this.context.sampler.refresh();
    series.activate();
    if (series.start === UNLISTED) this.list.push(series);
    series.start = this.context.now() - this.createdAt;
  }

  private mustGuard(series: Series): boolean {
    return (
      this.check.looksAtAll ||
      this.context.sampler.isActive ||
      series === this.overflow ||
      series.cold?.entry?.isSpilled === true
    );
  }

  private overflowSeries(): Series {
    if (this.overflow !== undefined) {
      this.ledger?.touch(this.overflow, true);
      return this.overflow;
    }
    const { name } = this.descriptor;
    const message = `${name} has reached its cardinality limit of ${this.limit} attribute sets; further ones are recorded under otel.metric.overflow`;
    report('overflow', message, name);
    const series = this.aggregation.createSeries(this, { ...OVERFLOW_ATTRIBUTES });
    this.ledger?.admitOverflow(series);
    this.overflow = series;
    this.enlist(series);
    series.state = State.Guarded;
    return series;
  }

  private detach(series: Series): void {
    const wasOverflow = series === this.overflow;
    this.ledger?.remove(series, wasOverflow);
    if (wasOverflow) this.overflow = undefined;
    else {
      this.index.remove(series);
      this.held--;
    }
    series.cold = undefined;
    series.release();
    series.state = State.Detached;
    this.detached++;
    // The list must not grow if nobody collects.
    if (this.detached > MAX_DETACHED && this.detached > this.list.length / 2) this.compact();
  }

  /** Drops series that no reader needs, so that a stream of deltas holds a bounded number of them. */
  private evictIdle(ledger: DeltaLedger<unknown>): void {
    for (const series of this.list) if (series !== this.overflow && ledger.isIdle(series)) this.detach(series);
    this.compact();
  }

  private compact(): void {
    const kept: Series[] = [];
    for (const series of this.list) {
      if (series.state === State.Detached) series.start = UNLISTED;
      else kept.push(series);
    }
    this.list = kept;
    this.detached = 0;
  }
}
