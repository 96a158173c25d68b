import type { Attributes } from '@opentelemetry/api';

/**
 * The attribute of the series that aggregates measurements beyond the cardinality limit (OpenTelemetry specification,
 * Metrics SDK, Overflow attribute).
 */
export const OVERFLOW_ATTRIBUTE = 'otel.metric.overflow';

/** The attributes of the overflow series. */
export const OVERFLOW_ATTRIBUTES = Object.freeze({ [OVERFLOW_ATTRIBUTE]: true } as const);

/** Returns whether attributes are those of an overflow series. */
export function isOverflow(attributes: Attributes): boolean {
  return attributes[OVERFLOW_ATTRIBUTE] === true && Object.keys(attributes).length === 1;
}
