import type { Attributes, Context } from '@opentelemetry/api';
import { isEmptySelector } from '../catalog/label-validation';
import { isOverflow, OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import type { Scope } from '../collection/slices';
import { Admission } from './admission';
import type { Aggregation } from './aggregation/aggregation';
import { createAggregation } from './aggregation/create';
import { Alias } from './alias';
import { AttributePipeline } from './attribute-pipeline';
import { DeltaLedger } from './delta-ledger';
import type { InstrumentDescriptor } from './descriptor';
import { activeContext, type ExemplarSampler } from './exemplars';
import { MeasurementCheck } from './measurement-check';
import { type SeriesChunk, State } from './series-chunk';
import type { SeriesHandle, SeriesOwner } from './series-handle';
import { SeriesIndex } from './series-index';
import { PLACE_BITS, SeriesStore } from './series-store';
import { collectStream, type StreamCollection } from './stream-collection';
import { StreamExemplars } from './stream-exemplars';
import { debugSeries, reportOverflow } from './stream-reports';
import type { StreamPlan, StreamReader } from './view-plan';

/** Configuration that all streams of a provider share. */
export interface StreamContext {
  readonly sampler: ExemplarSampler;
  /** Returns milliseconds since the epoch. */
  readonly now: () => number;
}

// Recording reads a row without a call of the store, and without the look-up that an imported constant needs.
const ROW_SHIFT = PLACE_BITS;
const PLACE_MASK = 2 ** PLACE_BITS - 1;

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
  readonly store: SeriesStore;
  /** The row of the overflow series, or -1. */
  overflow = -1;
  /** Measurements that at least one reader counts in its overflow point. */
  overflowMeasurements = 0;
  /** When each reader last collected, by its position. */
  readonly collectedAt: (number | undefined)[] = [];

  private readonly chunks: SeriesStore['chunks'];
  private readonly index: SeriesIndex;
  private readonly check: MeasurementCheck;
  private readonly pipeline: AttributePipeline;
  private readonly limit: number;
  private readonly admission: Admission;
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
    this.store = new SeriesStore(this.aggregation);
    this.chunks = this.store.chunks;
    this.exemplars = new StreamExemplars(this.store, context.sampler, readers, this.aggregation, reservoir);
    this.limit = readers[0]?.limit ?? plan.limit;
    const isUniform = readers.every(({ isDelta, limit }) => !isDelta && limit === this.limit);
    this.ledger = isUniform ? undefined : new DeltaLedger(this.store, readers, combine);
    this.admission = new Admission(this.limit, this.ledger);
    this.index = new SeriesIndex(this.store, this.pipeline, 2 * this.limit);
    this.createdAt = context.now();
    context.sampler.onActive(() => this.store.guardAll());
  }

  /** Records a measurement. Never throws. */
  record(value: number, given: Attributes | undefined | null, context: Context | undefined): void {
    const row = this.index.find(given);
    if (row < 0) {
      this.recordNew(value, given, context);
      return;
    }
    const chunk = this.chunks[row >>> ROW_SHIFT] as SeriesChunk;
    const place = row & PLACE_MASK;
    const isPlain = context === undefined && typeof value === 'number' && value >= this.minimum && value < Infinity;
    if (isPlain && chunk.isLive(place)) {
      chunk.cells.add(place, value);
      return;
    }
    const accepted = this.accept(value);
    if (accepted !== undefined) this.write(row, accepted, context, given ?? this.store.attributes(row));
  }

  /** Returns the handle of a series, which records without a look-up. */
  bind(given: Attributes | undefined): SeriesHandle | Alias {
    this.context.sampler.refresh();
    const { attributes, read } = this.pipeline.process(given, undefined);
    const handle = this.bindProcessed(attributes);
    const isFiltered = Object.keys(read).some((key) => !Object.hasOwn(handle.attributes, key));
    return isFiltered && this.context.sampler.isPossible ? new Alias(read, handle) : handle;
  }

  measureBound(handle: SeriesHandle, value: number, context: Context | undefined, given: Attributes | undefined): void {
    const accepted = this.accept(value);
    if (accepted === undefined) return;
    const row = handle.row < 0 ? this.attach(handle) : handle.row;
    this.write(row, accepted, context, given ?? handle.attributes);
  }

  /** Returns the value of a series that is collected. */
  get(given: Attributes | undefined): unknown {
    const attributes = this.pipeline.lookUp(given);
    if (attributes === undefined) return undefined;
    const row = this.findProcessed(attributes);
    return row < 0 || this.store.state(row) === State.Fresh ? undefined : this.store.currentValue(row);
  }

  currentValue({ row, attributes }: SeriesHandle): unknown {
    return this.store.currentValue(row < 0 ? this.findProcessed(attributes) : row);
  }

  initialize(given: Attributes | undefined): void {
    if (this.isClosed) return;
    const { attributes } = this.pipeline.process(given, undefined);
    const row = this.findOrCreate(attributes);
    if (this.store.state(row) === State.Fresh) this.place(row);
  }

  /** Returns the number of series that ended. */
  remove(given: Attributes): number {
    const selector = this.pipeline.select(given);
    // What cannot be read must not select all series either.
    if (selector === undefined || (Object.keys(selector).length === 0 && !isEmptySelector(given))) return 0;
    const found = this.index.matching(selector).filter((row) => this.store.state(row) !== State.Fresh);
    if (this.overflow >= 0) {
      const own = this.store.attributes(this.overflow);
      if (Object.keys(selector).every((key) => selector[key] === own[key])) found.push(this.overflow);
    }
    for (const row of found) this.end(row);
    return found.length;
  }

  clear(): void {
    this.store.eachCollected((row) => this.end(row));
  }

  /** Returns the series that are collected. */
  series(): Iterable<{ readonly attributes: Attributes; readonly value: unknown }> {
    const found: { readonly attributes: Attributes; readonly value: unknown }[] = [];
    this.store.eachCollected((row) =>
      found.push({ attributes: this.store.attributes(row), value: this.store.currentValue(row) }),
    );
    return found;
  }

  /**
   * Returns what a reader reads next, or `undefined` if there are no points.
   *
   * @param position the reader's position in {@link readers}
   * @param time when the collection was asked for
   */
  collect(position: number, time: number): StreamCollection | undefined {
    const collected = collectStream(this, position, time);
    this.collectedAt[position] = time;
    if (this.ledger !== undefined && this.store.collected > this.ledger.capacity) this.endIdle(this.ledger);
    return collected;
  }

  /** Ends recording, and all series. */
  close(): void {
    this.clear();
    this.isClosed = true;
  }

  /** Records a measurement whose attributes are not known. */
  private recordNew(value: number, given: Attributes | undefined | null, context: Context | undefined): void {
    const accepted = this.accept(value);
    if (accepted === undefined) return;
    const processed = this.pipeline.process(given ?? NO_ATTRIBUTES, context);
    const row = this.findOrCreate(processed.attributes);
    this.write(row, accepted, context, processed.read);
    if (processed.isLasting && row !== this.overflow) this.index.remember(given, processed, row);
  }

  private accept(value: number): number | undefined {
    return this.isClosed ? undefined : this.check.accept(value);
  }

  private findProcessed(attributes: Attributes): number {
    return isOverflow(attributes) ? this.overflow : this.index.get(attributes);
  }

  /** Returns a series, which can be new, or the overflow series if no reader has a place for it. */
  private findOrCreate(attributes: Attributes): number {
    const row = this.index.get(attributes);
    if (row >= 0) return row;
    return isOverflow(attributes) || this.index.isFull || !this.admission.hasRoom
      ? this.overflowRow()
      : this.index.create(attributes);
  }

  private bindProcessed(attributes: Attributes): SeriesHandle {
    let row = this.index.get(attributes);
    if (row < 0 && isOverflow(attributes)) row = this.overflowRow();
    if (row < 0) {
      // Handles are found again by their attributes, but not without end: who binds ever new sets may never record.
      if (this.index.isFull || this.index.size >= 2 * this.admission.capacity)
        return this.aggregation.createHandle(this, attributes);
      row = this.index.create(attributes);
    }
    return this.store.bind(row, this);
  }

  /** Returns the row of a handle whose series was removed, or that never had one. */
  private attach(handle: SeriesHandle): number {
    const row = this.findOrCreate(handle.attributes);
    if (row !== this.overflow || isOverflow(handle.attributes)) this.store.attach(handle, row);
    return row;
  }

  private write(given: number, value: number, context: Context | undefined, attributes: Attributes): void {
    const row = this.place(given);
    this.store.add(row, value);
    if (row === this.overflow || this.store.entry(row)?.isSpilled === true) this.overflowMeasurements++;
    if (this.context.sampler.isActive || context !== undefined) {
      this.exemplars.sample(row, value, attributes, context ?? activeContext(), this.context.now(), this.ledger);
    }
  }

  /** Returns the row that takes a measurement: the given one, or that of the overflow series. */
  private place(row: number): number {
    const { store } = this;
    if (store.state(row) === State.Fresh) {
      if (!this.admission.admit(row)) return this.overflowRow();
      this.begin(row);
    } else {
      this.ledger?.touch(row, row === this.overflow);
    }
    store.setState(row, this.mustGuard(row) ? State.Guarded : State.Live);
    return row;
  }

  private begin(row: number): void {
    this.context.sampler.refresh();
    this.store.begin(row, this.context.now() - this.createdAt);
    debugSeries('begins', this.descriptor.name, this.store.attributes(row));
  }

  private mustGuard(row: number): boolean {
    return (
      this.check.looksAtAll ||
      this.context.sampler.isActive ||
      row === this.overflow ||
      this.store.entry(row)?.isSpilled === true
    );
  }

  private overflowRow(): number {
    if (this.overflow >= 0) {
      this.ledger?.touch(this.overflow, true);
      return this.overflow;
    }
    reportOverflow(this.descriptor.name, this.limit);
    this.overflow = this.store.allocate({ ...OVERFLOW_ATTRIBUTES });
    this.ledger?.admitOverflow(this.overflow);
    this.begin(this.overflow);
    return this.overflow;
  }

  /** Ends a series. */
  private end(row: number): void {
    debugSeries('ends', this.descriptor.name, this.store.attributes(row));
    this.admission.remove(row, row === this.overflow);
    if (row === this.overflow) this.overflow = -1;
    else this.index.remove(row);
    this.store.release(row);
  }

  /** Ends series that no reader needs, so that a stream of deltas holds a bounded number of them. */
  private endIdle(ledger: DeltaLedger<unknown>): void {
    this.store.eachCollected((row) => {
      if (row !== this.overflow && ledger.isIdle(row)) this.end(row);
    });
  }
}
