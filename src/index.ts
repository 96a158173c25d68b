/** Metrics with OpenTelemetry inside and documented Prometheus names outside. */

export { EngineMeterProvider, type EngineMeterProviderOptions } from './engine/meter-provider';
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
export { type CumulativeBuckets, counterIncrease, histogramQuantile } from './exposition/quantile';
export type { Exposition } from './http/handlers';
export { Health, type HealthReport, type ReadinessCheck, type ReadinessReport } from './http/health';
export { HttpServer, type HttpServerOptions } from './http/http-server';
export { type Route, RouteError } from './http/router';
export type { Body } from './http/send';
export type { ClientAuthType, TlsConfig, TlsCurve, TlsVersion } from './http/tls-config';
export { type RateLimit, type WebConfig, WebConfigError } from './http/web-config';
export { readWebConfig } from './http/web-config-file';
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
