import { createNoopMeter, type MeterProvider, metrics } from '@opentelemetry/api';
import { report } from '../diagnostics';
import { SharedMeterProvider } from './shared-meter-provider';

/**
 * Registers a provider with the OpenTelemetry API. If another SDK has registered one, both share the registration, without
 * the stack trace that the API logs for a duplicate one.
 *
 * @returns a function that ends the registration, unless the app has registered another provider since
 */
export function registerProvider(provider: MeterProvider): () => void {
  const before = metrics.getMeterProvider();
  const isFree = before.getMeter('meterbridge') === createNoopMeter();
  const registered = isFree ? provider : new SharedMeterProvider(provider, before);
  if (!isFree) {
    report(
      'shared-registration',
      'another SDK has registered a MeterProvider: instruments that it has created already record to it alone, later ones record to both. To serve all of them here, start meterbridge first, or keep the other SDK from registering a MeterProvider (OTEL_METRICS_EXPORTER=none, with METERBRIDGE_METRICS_EXPORTER for meterbridge)',
    );
    metrics.disable();
  }
  metrics.setGlobalMeterProvider(registered);
  return () => {
    if (metrics.getMeterProvider() !== registered) return;
    metrics.disable();
    if (!isFree) metrics.setGlobalMeterProvider(before);
  };
}
