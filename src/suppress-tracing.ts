import { createContextKey } from '@opentelemetry/api';

/** `SUPPRESS_TRACING` of `@opentelemetry/core`, which exporters set around their own requests. */
export const SUPPRESS_TRACING = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING');
