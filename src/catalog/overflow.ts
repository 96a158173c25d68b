import type { Attributes } from '@opentelemetry/api';

/**
 * The attributes of the point that aggregates measurements beyond the cardinality limit (OpenTelemetry specification,
 * Metrics SDK, Overflow attribute).
 */
export const OVERFLOW_ATTRIBUTES = Object.freeze({ 'otel.metric.overflow': true } as const);

/** Returns whether attributes are those of an overflow point. */
export function isOverflow(attributes: Attributes): boolean {
  return attributes['otel.metric.overflow'] === true && Object.keys(attributes).length === 1;
}
