import type { Attributes } from '@opentelemetry/api';

const OVERFLOW_KEY = 'otel.metric.overflow';

/** The attributes of the point that holds what exceeds a limit (OpenTelemetry specification, Metrics SDK, Overflow attribute). */
export const OVERFLOW_ATTRIBUTES = { [OVERFLOW_KEY]: true } as const;

/** Returns whether attributes are those of an overflow point. */
export function isOverflow(attributes: Attributes): boolean {
  return attributes[OVERFLOW_KEY] === true && Object.keys(attributes).length === 1;
}
