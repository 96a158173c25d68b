import { OVERFLOW_ATTRIBUTE } from '../catalog/overflow';
import { report } from '../diagnostics';

/** Reports that a metric has more attribute sets than its cardinality limit. */
export function reportOverflow(metric: string, limit: number): void {
  const message = `${metric} has reached its cardinality limit of ${limit} attribute sets; further ones are recorded under ${OVERFLOW_ATTRIBUTE}`;
  report('overflow', message, metric);
}
