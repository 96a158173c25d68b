import type { MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';

/** The key under which a producer carries a function that collects at once, without calling code of the app. */
export const COLLECT_RECORDED: unique symbol = Symbol.for('meterbridge.collectRecorded') as never;

/** A producer that may be able to collect at once. */
export interface RecordedMetricProducer extends MetricProducer {
  [COLLECT_RECORDED](): readonly ScopeMetrics[];
}

/** Returns what a producer can collect at once; nothing for one that cannot. */
export function collectRecorded(producer: MetricProducer): readonly ScopeMetrics[] {
  return (producer as Partial<RecordedMetricProducer>)[COLLECT_RECORDED]?.() ?? [];
}
