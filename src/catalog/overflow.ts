/**
 * The attributes of the series that aggregates measurements beyond the cardinality limit (OpenTelemetry specification,
 * Metrics SDK, Overflow attribute).
 */
export const OVERFLOW_ATTRIBUTES = Object.freeze({ 'otel.metric.overflow': true } as const);
