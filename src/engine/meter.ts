import type {
  BatchObservableCallback,
  Observable,
  ObservableCounter,
  ObservableGauge,
  ObservableUpDownCounter,
} from '@opentelemetry/api';
import type { IMetricReader, InstrumentType } from '@opentelemetry/sdk-metrics';
import { DEFINITION, initialLabels, type MetricDefinition } from '../catalog/definition';
import { INSTRUMENT_TYPE } from '../collection/enums';
import type { Scope } from '../collection/slices';
import { report } from '../diagnostics';
import {
  type CapableCounter,
  type CapableGauge,
  type CapableHistogram,
  type CapableMeter,
  type CapableUpDownCounter,
  LIFECYCLE,
  type ProviderLifecycle,
} from '../instruments/capabilities';
import { printable } from '../issues';
import type { CallbackRegistry } from './callbacks';
import { agreesWith, describeInstrument, type InstrumentDescriptor, type InstrumentOptions } from './descriptor';
import { createSyncInstrument, type SyncInstrument } from './instruments';
import { ObservableInstrument } from './observable';
import { ObservedStream } from './observed-stream';
import { Stream, type StreamContext } from './stream';
import type { StreamCollection } from './stream-collection';
import { StreamRegistry } from './stream-registry';
import { type MeterViewOptions, planStreams } from './view-plan';

/** Configuration and state of the provider that its meters use. */
export interface MeterContext extends StreamContext {
  readonly views: readonly MeterViewOptions[];
  readonly readers: readonly IMetricReader[];
  readonly cardinalityLimit: number | undefined;
  readonly callbacks: CallbackRegistry;
  readonly lifecycle: ProviderLifecycle;
  /** The definitions that instruments of the provider were created with, by name. */
  readonly documented: Map<string, MetricDefinition>;
}

/** Creates the instruments of one scope. Its synchronous instruments have the capabilities of `meterbridge/instruments`. */
export class Meter implements CapableMeter {
  readonly [LIFECYCLE]: ProviderLifecycle;
  private readonly registry = new StreamRegistry<Stream | ObservedStream>();
  private readonly observables = new Map<string, ObservableInstrument>();

  constructor(
    readonly scope: Scope,
    private readonly context: MeterContext,
  ) {
    this[LIFECYCLE] = context.lifecycle;
  }

  createCounter(name: string, options?: InstrumentOptions): CapableCounter {
    return this.createSync(name, INSTRUMENT_TYPE.COUNTER, options) as unknown as CapableCounter;
  }

  createUpDownCounter(name: string, options?: InstrumentOptions): CapableUpDownCounter {
    return this.createSync(name, INSTRUMENT_TYPE.UP_DOWN_COUNTER, options) as unknown as CapableUpDownCounter;
  }

  createGauge(name: string, options?: InstrumentOptions): CapableGauge {
    return this.createSync(name, INSTRUMENT_TYPE.GAUGE, options) as unknown as CapableGauge;
  }

  createHistogram(name: string, options?: InstrumentOptions): CapableHistogram {
    return this.createSync(name, INSTRUMENT_TYPE.HISTOGRAM, options) as unknown as CapableHistogram;
  }

  createObservableGauge(name: string, options?: InstrumentOptions): ObservableGauge {
    return this.createObservable(name, INSTRUMENT_TYPE.OBSERVABLE_GAUGE, options);
  }

  createObservableCounter(name: string, options?: InstrumentOptions): ObservableCounter {
    return this.createObservable(name, INSTRUMENT_TYPE.OBSERVABLE_COUNTER, options);
  }

  createObservableUpDownCounter(name: string, options?: InstrumentOptions): ObservableUpDownCounter {
    return this.createObservable(name, INSTRUMENT_TYPE.OBSERVABLE_UP_DOWN_COUNTER, options);
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    if (this.context.lifecycle.isActive) this.context.callbacks.addBatch(callback, observables);
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.context.callbacks.removeBatch(callback, observables);
  }

  /**
   * Aggregates what callbacks observed in a round, in steps. What was observed is looked up by the call, before the first step.
   *
   * @param reader its index among those of the provider
   * @param time when the collection was asked for
   * @param collected is given what the reader reads next of each asynchronous stream
   */
  collectObserved(
    reader: number,
    round: number,
    time: number,
    collected: Map<ObservedStream, StreamCollection>,
  ): Generator<void> {
    const walks: Iterable<void>[] = [];
    for (const stream of this.registry.streams) {
      if (stream instanceof Stream) continue;
      const position = findPosition(stream, reader);
      if (position < 0) continue;
      walks.push(stream.collect(position, time, stream.observed(round), collected));
    }
    return this.walk(walks, round);
  }

  /**
   * Returns what a reader reads next, stream by stream.
   *
   * @param reader its index among those of the provider
   * @param time when the collection was asked for
   * @param observed what the reader reads next of asynchronous streams
   */
  collect(reader: number, time: number, observed: ReadonlyMap<ObservedStream, StreamCollection>): StreamCollection[] {
    const collected: StreamCollection[] = [];
    for (const stream of this.registry.streams) {
      const position = findPosition(stream, reader);
      if (position < 0) continue;
      const collection = stream instanceof Stream ? stream.collect(position, time) : observed.get(stream);
      if (collection !== undefined) collected.push(collection);
    }
    return collected;
  }

  /** Returns the measurements that went to overflow points, by metric name. */
  overflowMeasurements(): [name: string, count: number][] {
    return this.registry.streams
      .filter(({ overflowMeasurements }) => overflowMeasurements > 0)
      .map(({ descriptor, overflowMeasurements }) => [descriptor.name, overflowMeasurements]);
  }

  /** Ends every series of a synchronous instrument, and creates those again that exist from the start. */
  reset(): void {
    for (const stream of this.registry.streams) {
      if (!(stream instanceof Stream)) continue;
      stream.clear();
      const definition = stream.descriptor[DEFINITION];
      if (definition === undefined || this.context.lifecycle.initializesSeries === false) continue;
      for (const labels of initialLabels(definition)) stream.initialize(labels);
    }
  }

  /** Ends recording. */
  close(): void {
    for (const stream of this.registry.streams) stream.close();
  }

  // A method, because V8 keeps what a closure that is a generator refers to until the next full garbage collection.
  private *walk(streams: readonly Iterable<void>[], round: number): Generator<void> {
    for (const stream of streams) {
      yield* stream;
      yield;
    }
    for (const instrument of this.observables.values()) if (instrument.isCrowded) yield* instrument.forget(round);
  }

  private createSync(name: string, type: InstrumentType, options: InstrumentOptions | undefined): SyncInstrument {
    const planned = this.plan(name, type, options);
    const streams = this.registry.find(planned?.plans ?? [], (plan) => new Stream(plan, this.scope, this.context));
    return createSyncInstrument(streams as Stream[], type === INSTRUMENT_TYPE.HISTOGRAM ? { count: 0, sum: 0 } : 0);
  }

  private createObservable(
    name: string,
    type: InstrumentType,
    options: InstrumentOptions | undefined,
  ): ObservableInstrument {
    const planned = this.plan(name, type, options);
    const descriptor = planned?.descriptor ?? describeInstrument('', type, undefined).descriptor;
    const streams = this.registry.find(
      planned?.plans ?? [],
      (plan) => new ObservedStream(plan, this.scope, this.context),
    );
    // Identical instruments are one, so that what they observe for one attribute set is not counted twice.
    const key = JSON.stringify([descriptor.name, type, descriptor.unit, descriptor.valueType]);
    const instrument = this.observables.get(key) ?? new ObservableInstrument(descriptor, this.context.callbacks);
    if (planned !== undefined) this.observables.set(key, instrument);
    for (const stream of streams as ObservedStream[]) stream.addSource(instrument);
    return instrument;
  }

  /** Returns the streams of an instrument, or `undefined` if nothing it measures can be kept. */
  private plan(name: string, type: InstrumentType, options: InstrumentOptions | null | undefined) {
    const described = describeInstrument(name, type, options);
    for (const { message, path } of described.issues) report('instrument', message, path);
    if (!this.context.lifecycle.isActive || typeof name !== 'string') return undefined;
    const documented = this.findDefinition(described.descriptor, described.definition);
    if (documented === 'conflict') return undefined;
    const descriptor = this.registry.register(described.descriptor);
    const { views, readers, cardinalityLimit } = this.context;
    const request = { descriptor, definition: documented, scope: this.scope, views, readers, cardinalityLimit };
    try {
      return { descriptor, plans: planStreams(request) };
    } catch (error) {
      // A reader's own selectors failed. The app that creates the instrument is not to blame.
      report('configuration', `${name} is not recorded: a metric reader failed: ${printable(error)}`, name);
      return undefined;
    }
  }

  /**
   * Returns the definition of a metric. An instrument that was created without one, under the name of a documented metric,
   * is that metric if its kind agrees; otherwise nothing is made of it, because one name has one type.
   */
  private findDefinition(
    { name, type }: InstrumentDescriptor,
    own: MetricDefinition | undefined,
  ): MetricDefinition | undefined | 'conflict' {
    const { documented } = this.context;
    if (own !== undefined) {
      documented.set(name, own);
      return own;
    }
    const definition = documented.get(name);
    if (definition === undefined || agreesWith(definition, type)) return definition;
    const message = `instrument ${printable(name)} of meter ${printable(this.scope.name)} is dropped: the documented metric of this name is a ${definition.instrument}, this is a ${type}`;
    report('conflict', message, `${name} documented`);
    return 'conflict';
  }
}

/** Returns the position of a reader among those of a stream, or -1. */
function findPosition(stream: Stream | ObservedStream, reader: number): number {
  return stream.readers.findIndex(({ index }) => index === reader);
}
