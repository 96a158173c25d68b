import type { MetricProducer } from '@opentelemetry/sdk-metrics';

/** The key under which a producer carries a function that returns whether it produces a metric of a name. */
export const HAS_METRIC: unique symbol = Symbol.for('meterbridge.hasMetric') as never;

/** A producer that knows the names of its metrics before it collects them. */
export interface NamedMetricProducer extends MetricProducer {
  [HAS_METRIC](name: string): boolean;
}

/** Returns whether a producer produces a metric of this name. One that does not know produces none. */
export function hasMetric(producer: MetricProducer, name: string): boolean {
  return (producer as Partial<NamedMetricProducer>)[HAS_METRIC]?.(name) === true;
}
