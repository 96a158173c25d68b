/** Metrics with OpenTelemetry inside and documented Prometheus names outside. */

export { EngineMeterProvider, type EngineMeterProviderOptions } from './engine/meter-provider';
export { PrometheusBridge, type PrometheusBridgeOptions } from './exporter/prometheus-exporter';
export type { MetricFamily, MetricFamilyType, Sample, SampleExemplar } from './exposition/decode/metric-family';
export { ParseError, type ParseErrorCode } from './exposition/decode/parse-error';
export { type ExpositionFormat, parseExposition } from './exposition/decode/parser';
export type { RequestHandler } from './http/handlers';
export { Health, type HealthReport, type ReadinessCheck, type ReadinessReport } from './http/health';
export { MetricsServer, type ServerOptions } from './http/metrics-server';
export { readWebConfig, type TlsConfig, type WebConfig, WebConfigError } from './http/web-config';
export { bridgeHost, type HostReading } from './instrumentation/host';
export { setHttpRoute } from './instrumentation/http/routes';
export type { HttpSource } from './instrumentation/http/sources';
/** Catalogs and instruments, as in `meterbridge/instruments`. */
export {
  type AnyInstrument,
  type BoundCatalogCounter,
  type BoundCatalogHistogram,
  type BoundCatalogUpDownCounter,
  type BoundCounter,
  type BoundGauge,
  type BoundHistogram,
  type BoundHttpRequest,
  type BoundInstrument,
  bindInstrument,
  type Capable,
  type CapableCounter,
  type CapableGauge,
  type CapableHistogram,
  type CapableUpDownCounter,
  type Catalog,
  type CatalogCounter,
  CatalogError,
  type CatalogGauge,
  type CatalogHistogram,
  type CatalogInstrument,
  type CatalogSource,
  type CatalogUpDownCounter,
  catalogViews,
  clearSeries,
  createHttpRecorder,
  createInstruments,
  DEFAULT_BUCKETS,
  DEFAULT_CARDINALITY_LIMIT,
  deferredInstruments,
  defineCatalog,
  Facade,
  type HistogramTimer,
  type HistogramValue,
  type HttpExchange,
  type HttpInstrument,
  type HttpInstruments,
  type HttpLabels,
  type HttpRecorder,
  type HttpRecorderOptions,
  type HttpRequest,
  type HttpRole,
  type InstrumentKind,
  type InstrumentOf,
  type Instruments,
  type Issue,
  IssueError,
  type LabelArguments,
  type LabelInput,
  type LabelSchema,
  type LabelSelector,
  type Labels,
  type LabelValues,
  type MeterLike,
  type MetricDefinition,
  measure,
  type OnlyClosedValue,
  OTHER_LABEL_VALUE,
  type Outcome,
  removeSeries,
  type SelectorArguments,
  type SeriesCapabilities,
  stopwatch,
  type Timed,
} from './instruments';
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
