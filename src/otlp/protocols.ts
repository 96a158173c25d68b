/** Accepted values of `OTEL_EXPORTER_OTLP_PROTOCOL` and `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`. */
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;

/** How metrics are sent over OTLP (OpenTelemetry specification, OTLP exporter). */
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];
