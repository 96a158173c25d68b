import type { BatchObservableCallback, Meter, MeterProvider, MetricOptions, Observable } from '@opentelemetry/api';
import { bucketBounds, DEFINITION, type DefinitionCarrier, type MetricDefinition } from '../../catalog/definition';
import { findCapabilities } from '../../instruments/capabilities';
import { EventLoop } from './event-loop';
import { observeGarbageCollection } from './garbage-collection';
import type { RuntimeMetrics } from './runtime-metrics';

/** Options of {@link measureRuntime}. */
export interface RuntimeOptions {
  readonly meterProvider: MeterProvider;
  readonly metrics: RuntimeMetrics;
  /** Whether something else serves a metric of this name, which is then left to it. Asked at each collection. */
  readonly isTaken: (name: string) => boolean;
  /** Whether another thread measures what all threads of the process have in common. `false` by default. */
  readonly isThread?: boolean;
}

const SCOPE = 'meterbridge/runtime';

/**
 * Measures this process and its runtime: nothing but the delay of the event loop and garbage collections between two
 * collections, everything else when metrics are collected.
 *
 * @returns a function that ends it
 */
export function measureRuntime({ meterProvider, metrics, isTaken, isThread = false }: RuntimeOptions): () => void {
  const { isDocumented, garbageCollection } = metrics;
  const measured = Object.entries(metrics.observed).filter(([key]) => !isThread || !metrics.ofProcess.includes(key));
  const meter = meterProvider.getMeter(SCOPE);
  const observables = new Map<string, Observable>(
    measured.map(([key, definition]) => [key, createObservable(meter, definition, isDocumented)]),
  );
  const instruments = [...observables.values()];
  const eventLoop = new EventLoop();
  const histogram = meter.createHistogram(garbageCollection.name, {
    ...instrumentOptions(garbageCollection, isDocumented),
    advice: { explicitBucketBoundaries: [...(bucketBounds(garbageCollection) ?? [])] },
  });
  const stopGarbageCollection = observeGarbageCollection((kind, seconds) => {
    histogram.record(seconds, metrics.garbageCollectionAttributes(kind));
  });
  const callback: BatchObservableCallback = (result) => {
    const taken = new Set(measured.filter(([, { name }]) => isTaken(name)).map(([key]) => key));
    if (isTaken(garbageCollection.name)) findCapabilities(histogram)?.clear();
    metrics.observe((key, value, attributes) => {
      const observable = observables.get(key);
      if (value !== undefined && observable !== undefined && !taken.has(key)) {
        result.observe(observable, value, attributes);
      }
    }, eventLoop);
  };
  meter.addBatchObservableCallback(callback, instruments);
  return () => {
    meter.removeBatchObservableCallback(callback, instruments);
    stopGarbageCollection();
    eventLoop.stop();
  };
}

function createObservable(meter: Meter, definition: MetricDefinition, isDocumented: boolean): Observable {
  const options = instrumentOptions(definition, isDocumented);
  switch (definition.instrument) {
    case 'counter':
      return meter.createObservableCounter(definition.name, options);
    case 'updowncounter':
      return meter.createObservableUpDownCounter(definition.name, options);
    default:
      return meter.createObservableGauge(definition.name, options);
  }
}

function instrumentOptions(definition: MetricDefinition, isDocumented: boolean): MetricOptions & DefinitionCarrier {
  const { description, unit = '' } = definition;
  return { description, unit, ...(isDocumented ? { [DEFINITION]: definition } : {}) };
}
