/** Metrics with OpenTelemetry inside and documented Prometheus names outside. */

export { bridgeHost, type HostReading } from './bridges/host';
export { setRoute } from './bridges/routes';
export * from './catalog';
export { EngineMeterProvider, type EngineMeterProviderOptions } from './engine/provider';
export {
  type ParsedExemplar,
  type ParsedFamily,
  type ParsedFormat,
  type ParsedSample,
  type ParsedType,
  ParseError,
  parseExposition,
} from './prometheus/parser';
export {
  ConfigurationError,
  type ExporterName,
  type HttpOptions,
  type PrometheusOptions,
  type StartOptions,
} from './sdk/config';
export type { Page, Sdk } from './sdk/sdk';
export { start } from './sdk/start';
export type { SystemName, Systems } from './sdk/systems';
export { PrometheusBridge, type PrometheusBridgeOptions } from './server/exporter';
export type { RequestHandler } from './server/handler';
export { Health, type HealthReport, type ReadinessCheck, type ReadinessReport } from './server/health';
export { MetricsServer, type ServerOptions } from './server/listener';
export { readWebConfig, type TlsConfig, type WebConfig, WebConfigError } from './server/web-config';
