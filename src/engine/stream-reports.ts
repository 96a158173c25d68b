import type { Attributes } from '@opentelemetry/api';
import { OVERFLOW_ATTRIBUTE } from '../catalog/overflow';
import { debug, report } from '../diagnostics';

/** Reports that a metric has more attribute sets than its cardinality limit. */
export function reportOverflow(metric: string, limit: number): void {
  const message = `${metric} has reached its cardinality limit of ${limit} attribute sets; further ones are recorded under ${OVERFLOW_ATTRIBUTE}`;
  report('overflow', message, metric);
}

/** Logs, at the level debug, that a series begins or ends. */
export function debugSeries(event: 'begins' | 'ends', metric: string, attributes: Attributes): void {
  debug(() => `series ${event}: ${metric}${JSON.stringify(attributes)}`);
}
