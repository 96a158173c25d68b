/** Metrics with OpenTelemetry inside and documented Prometheus names outside. */

export type { InstrumentOptions } from './engine/descriptor';
export {
  AlignedHistogramBucketExemplarReservoir,
  type ExemplarReservoir,
  SimpleFixedSizeExemplarReservoir,
} from './engine/exemplar-reservoir';
export type { ExemplarFilter } from './engine/exemplars';
export type { Meter } from './engine/meter';
export { type LifecycleOptions, MeterProvider, type MeterProviderOptions } from './engine/meter-provider';
export type { MeterViewOptions } from './engine/view-plan';
export { PrometheusBridge, type PrometheusBridgeOptions } from './exporter/prometheus-exporter';
export {
  type ParsedExemplar,
  type ParsedFamily,
  type ParsedFormat,
  type ParsedSample,
  type ParsedType,
  ParseError,
  parseExposition,
} from './exposition/decode/parser';
export type { RequestHandler } from './http/handlers';
export { Health, type HealthReport, type ReadinessCheck, type ReadinessReport } from './http/health';
export { MetricsServer, type ServerOptions } from './http/metrics-server';
export { readWebConfig, type TlsConfig, type WebConfig, WebConfigError } from './http/web-config';
export { bridgeHost, type HostReading } from './instrumentation/host';
export { setRoute } from './instrumentation/http-routes';
export * from './instruments';
export type { Page, Sdk } from './sdk/sdk';
export {
  ConfigurationError,
  type ExporterName,
  type HttpOptions,
  type PrometheusOptions,
  type StartOptions,
} from './sdk/settings';
export { start } from './sdk/start';
export type { SystemName, Systems } from './sdk/systems';
