import { Server } from 'node:http';
import type { MeterProvider } from '@opentelemetry/api';
import { overrideHistograms } from './meter-override';

/** The scope and the metric of `@opentelemetry/instrumentation-http`. */
const STOCK_SCOPE = '@opentelemetry/instrumentation-http';
export const SERVER_DURATION = 'http.server.request.duration';

/** Returns whether an instance of `@opentelemetry/instrumentation-http` has patched the servers of `node:http`. */
export function isServerPatched(): boolean {
  return (Server.prototype.emit as { readonly __wrapped?: boolean }).__wrapped === true;
}

/**
 * Drops what an HttpInstrumentation of the app records in `http.server.request.duration` of a provider, because the
 * requests are measured already: with their routes, and without a status for requests that were never answered. Its
 * spans and its other metrics are not affected.
 *
 * @returns a function that undoes it
 */
export function dropForeignServerDuration(provider: MeterProvider): () => void {
  const { getMeter } = provider;
  let isActive = true;
  provider.getMeter = (name, version, options) => {
    const meter = getMeter.call(provider, name, version, options);
    if (name !== STOCK_SCOPE) return meter;
    return overrideHistograms(meter, (metric, metricOptions) => {
      const histogram = meter.createHistogram(metric, metricOptions);
      if (metric !== SERVER_DURATION) return histogram;
      return {
        record: (...args) => {
          if (!isActive) histogram.record(...args);
        },
      };
    });
  };
  return () => {
    isActive = false;
    provider.getMeter = getMeter;
  };
}
