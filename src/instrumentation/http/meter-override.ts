import type { Histogram, Meter, MetricOptions } from '@opentelemetry/api';

/** Returns a meter that creates histograms with another function, and everything else with the given meter. */
export function overrideHistograms(
  meter: Meter,
  createHistogram: (name: string, options?: MetricOptions) => Histogram,
): Meter {
  return {
    createHistogram,
    createGauge: (name, options) => meter.createGauge(name, options),
    createCounter: (name, options) => meter.createCounter(name, options),
    createUpDownCounter: (name, options) => meter.createUpDownCounter(name, options),
    createObservableGauge: (name, options) => meter.createObservableGauge(name, options),
    createObservableCounter: (name, options) => meter.createObservableCounter(name, options),
    createObservableUpDownCounter: (name, options) => meter.createObservableUpDownCounter(name, options),
    addBatchObservableCallback: (callback, observables) => meter.addBatchObservableCallback(callback, observables),
    removeBatchObservableCallback: (callback, observables) =>
      meter.removeBatchObservableCallback(callback, observables),
  } as Meter;
}
