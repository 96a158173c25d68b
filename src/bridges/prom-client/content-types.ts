/** The content type of the Prometheus text format. */
export type PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';
/** The content type of OpenMetrics. */
export type OpenMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
/** The content types that a registry can have. */
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

/** The content type of the Prometheus text format. */
export const PROMETHEUS_CONTENT_TYPE: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';
/** The content type of OpenMetrics. */
export const OPENMETRICS_CONTENT_TYPE: OpenMetricsContentType =
  'application/openmetrics-text; version=1.0.0; charset=utf-8';
