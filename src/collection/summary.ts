import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { CollectedDescriptor, CollectedPoint } from './points';
import type { Summary } from './summary-point';

/** A summary as its producer collects it: always cumulative. */
export interface SummaryMetric {
  readonly descriptor: CollectedDescriptor;
  readonly dataPoints: readonly CollectedPoint<Summary>[];
}

/**
 * The key under which a metric carries the summary that it is a part of. A producer collects a summary as what every reader
 * can hold: gauges for the quantiles, and sums `_sum` and `_count`. Readers and serializers that know the key use the summary
 * in their place. The first part carries the summary, further ones carry `'part'`.
 */
export const SUMMARY: unique symbol = Symbol.for('meterbridge.summary') as never;

/** A metric that may be a part of a summary. */
export type SummaryPart = MetricData & { readonly [SUMMARY]?: SummaryMetric | 'part' };

/** Returns the summary that a metric carries, `'part'` if another metric carries it, or `undefined` for any other metric. */
export function findSummary(metric: MetricData): SummaryMetric | 'part' | undefined {
  return (metric as SummaryPart)[SUMMARY];
}
