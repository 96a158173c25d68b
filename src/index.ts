/** OpenTelemetry metrics for Node.js under exactly the Prometheus names that a catalog documents. */

export type { ExemplarFilter } from './engine/exemplars';
export { EngineMeterProvider, type EngineMeterProviderOptions } from './engine/meter-provider';
export {
  PrometheusBridge,
  type PrometheusBridgeOptions,
  type ResourceConstantLabels,
} from './exporter/prometheus-exporter';
export {
  type ParsedExemplar,
  type ParsedFamily,
  type ParsedFormat,
  type ParsedSample,
  type ParsedType,
  ParseError,
  parseExposition,
} from './exposition/decode/parser';
export type { TranslationStrategy } from './exposition/names/translate';
export type { RequestHandler } from './http/handlers';
export { Health, type HealthReport, type ReadinessCheck, type ReadinessReport } from './http/health';
export { MetricsServer, type ServerOptions } from './http/metrics-server';
export {
  type ClientAuthType,
  readWebConfig,
  type TlsConfig,
  type TlsVersion,
  type WebConfig,
  WebConfigError,
} from './http/web-config';
export type { HostObservation, HostOptions, HostReading } from './instrumentation/host';
export { setRoute } from './instrumentation/http-routes';
export {
  type Bound,
  type BoundCounter,
  type BoundGauge,
  type BoundHistogram,
  bind,
  type Catalog,
  type CatalogCounter,
  CatalogError,
  type CatalogGauge,
  type CatalogHistogram,
  type CatalogUpDownCounter,
  catalogViews,
  clear,
  createInstruments,
  DEFAULT_BUCKETS,
  DEFAULT_LIMIT,
  defineCatalog,
  Facade,
  globalInstruments,
  type HistogramValue,
  type InstrumentKind,
  type InstrumentOf,
  type InstrumentSource,
  type Instruments,
  type LabelDefinitions,
  type LabelSet,
  type LabelValue,
  type LabelValues,
  type MetricDefinition,
  OTHER,
  type Outcome,
  remove,
  startTimer,
  time,
  timeSync,
} from './instruments';
export { type Issue, IssueError } from './issues';
export type {
  ExporterName,
  HistogramAggregation,
  LogLevel,
  OtlpProtocol,
  TemporalityPreference,
} from './sdk/accepted-values';
export { observeHost } from './sdk/observe-host';
export type { HttpOptions, StartOptions } from './sdk/options';
export type { PrometheusOptions } from './sdk/prometheus-options';
export type { ScrapeResult, Sdk, SdkServer, TimeoutOptions } from './sdk/sdk';
export { ConfigurationError } from './sdk/settings';
export { start } from './sdk/start';
export type { System } from './sdk/systems';
