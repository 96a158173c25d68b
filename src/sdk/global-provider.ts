import { createNoopMeter, type MeterProvider, metrics } from '@opentelemetry/api';
import type { Issue } from '../issues';
import { ConfigurationError } from './settings';

/**
 * Registers a provider with the OpenTelemetry API.
 *
 * @returns a function that ends the registration, unless the app has registered another provider since
 * @throws ConfigurationError if another provider is registered
 */
export function registerProvider(provider: MeterProvider): () => void {
  refuseOtherProvider();
  if (!metrics.setGlobalMeterProvider(provider)) throw new ConfigurationError([otherProvider()]);
  return () => {
    if (metrics.getMeterProvider() === provider) metrics.disable();
  };
}

/**
 * Checks that no provider is registered, without the stack trace that the API logs for a duplicate registration.
 *
 * @throws ConfigurationError if one is
 */
export function refuseOtherProvider(): void {
  if (metrics.getMeterProvider().getMeter('meterbridge') !== createNoopMeter()) {
    throw new ConfigurationError([otherProvider()]);
  }
}

function otherProvider(): Issue {
  return {
    code: 'duplicate',
    path: 'MeterProvider',
    message:
      'another MeterProvider is already registered with the OpenTelemetry API: start meterbridge before it, or add a Prometheus exporter of meterbridge to its readers',
  };
}
