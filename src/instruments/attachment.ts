import type { MetricOptions, Observable, ObservableCallback } from '@opentelemetry/api';
import {
  bucketBounds,
  type Catalog,
  type Collect,
  DEFINITION,
  type DefinitionCarrier,
  initialLabels,
  isAsynchronous,
  type MetricDefinition,
} from '../catalog/definition';
import { type Capable, findCapabilities, findLifecycle, type ProviderLifecycle } from './capabilities';
import { ForeignInstrument } from './foreign-instrument';
import type { MeterLike } from './instrument-types';
import { isNoop, NoopInstrument } from './noop-instrument';
import { createObservable, observeWith } from './observable-metric';

/** A meter, and whether its provider still records. */
export interface Connection {
  readonly meter: MeterLike;
  readonly lifecycle: ProviderLifecycle;
}

/** The instruments of a catalog on one meter. */
export interface Attachment {
  readonly lifecycle: ProviderLifecycle;
  /** Returns the instrument that records a metric of the catalog. */
  find<I extends Capable<unknown, unknown>>(definition: MetricDefinition): I;
  /** Creates the series of a metric that exist from the start. */
  initialize(definition: MetricDefinition): void;
  /** The asynchronous instruments of the catalog. */
  readonly observables: ReadonlyMap<MetricDefinition, Observable>;
}

/**
 * Attaches a catalog to a meter, and to another one when the provider of the meter no longer records. All instruments of
 * the catalog attach together, so that the series that exist from the start do so from the first use of any of them.
 */
export class CatalogAttachment {
  private attached: Attachment;
  private readonly callbacks = new Map<MetricDefinition, Set<ObservableCallback>>();

  /** @param connect returns the meter to record on from now on */
  constructor(
    private readonly catalog: Catalog,
    private readonly connect: () => Connection,
  ) {
    this.attached = this.attach();
  }

  /** Returns the current attachment. Attaches again if its provider no longer records. */
  current(): Attachment {
    if (!this.attached.lifecycle.isActive) this.attached = this.attach();
    return this.attached;
  }

  /** Adds a callback to an asynchronous metric of the catalog, and returns a function that removes it. */
  observe(definition: MetricDefinition, collect: Collect): () => void {
    const callbacks = this.callbacks.get(definition) ?? new Set();
    this.callbacks.set(definition, callbacks);
    const callback = observeWith(definition, collect);
    callbacks.add(callback);
    this.current().observables.get(definition)?.addCallback(callback);
    return () => {
      callbacks.delete(callback);
      this.attached.observables.get(definition)?.removeCallback(callback);
    };
  }

  private attach(): Attachment {
    const { meter, lifecycle } = this.connect();
    const initializes = findLifecycle(meter)?.initializesSeries !== false;
    const instruments = new Map<MetricDefinition, Capable<unknown, unknown>>();
    const observables = new Map<MetricDefinition, Observable>();
    const initialize = (definition: MetricDefinition) => {
      const instrument = instruments.get(definition);
      if (initializes && instrument !== undefined) initializeSeries(instrument, definition);
    };
    for (const definition of Object.values(this.catalog.metrics)) {
      if (isAsynchronous(definition)) {
        const observable = createObservable(meter, definition);
        for (const callback of this.callbacks.get(definition) ?? []) observable.addCallback(callback);
        observables.set(definition, observable);
      } else {
        instruments.set(definition, createInstrument(meter, definition));
        initialize(definition);
      }
    }
    return {
      lifecycle,
      find: <I>(definition: MetricDefinition) => instruments.get(definition) as I,
      initialize,
      observables,
    };
  }
}

function initializeSeries(target: Capable<unknown, unknown>, definition: MetricDefinition): void {
  // Another SDK has no empty histograms, which is only worth a report if the app asks for one.
  if (definition.instrument === 'histogram' && target instanceof ForeignInstrument) return;
  for (const labels of initialLabels(definition)) findCapabilities(target)?.initialize(labels);
}

/** Returns the instrument of a definition. One of an SDK without capabilities is adapted. */
function createInstrument(meter: MeterLike, definition: MetricDefinition): Capable<unknown, unknown> {
  const { name, description, unit = '' } = definition;
  const options: MetricOptions & DefinitionCarrier = { description, unit, [DEFINITION]: definition };
  switch (definition.instrument) {
    case 'counter': {
      const counter = meter.createCounter(name, options);
      return adapt(meter, definition, counter, (...measurement) => counter.add(...measurement));
    }
    case 'updowncounter': {
      const counter = meter.createUpDownCounter(name, options);
      return adapt(meter, definition, counter, (...measurement) => counter.add(...measurement));
    }
    case 'gauge': {
      const gauge = meter.createGauge(name, options);
      return adapt(meter, definition, gauge, (...measurement) => gauge.record(...measurement));
    }
    case 'histogram': {
      // The advice sets the buckets on an SDK that ignores the definition and has no views of the catalog.
      const advice = { explicitBucketBoundaries: [...(bucketBounds(definition) ?? [])] };
      const histogram = meter.createHistogram(name, { ...options, advice });
      return adapt(meter, definition, histogram, (...measurement) => histogram.record(...measurement));
    }
  }
}

/**
 * Adapters by meter and definition: a second set of instruments of one catalog shares the values that can be read, and
 * does not set gauges back to 0.
 */
const adapters = new WeakMap<MeterLike, Map<MetricDefinition, ForeignInstrument>>();

function adapt(
  meter: MeterLike,
  definition: MetricDefinition,
  instrument: object,
  forward: ConstructorParameters<typeof ForeignInstrument>[1],
): Capable<unknown, unknown> {
  if (findCapabilities(instrument) !== undefined) return instrument as Capable<unknown, unknown>;
  if (isNoop(instrument)) {
    return new NoopInstrument(definition.instrument === 'histogram' ? { count: 0, sum: 0 } : 0);
  }
  let ofMeter = adapters.get(meter);
  if (ofMeter === undefined) {
    ofMeter = new Map();
    adapters.set(meter, ofMeter);
  }
  let adapter = ofMeter.get(definition);
  if (adapter === undefined) {
    adapter = new ForeignInstrument(definition, forward);
    ofMeter.set(definition, adapter);
  }
  return adapter;
}
