/** OpenTelemetry metrics for Node.js under exactly the Prometheus names that a catalog documents. */

export { bridgePromClient, type PromClientRegistry } from './bridges/prom-client/registry-producer';
export type { Exemplar } from './collection/points';
export type { InstrumentOptions } from './engine/descriptor';
export {
  AlignedHistogramBucketExemplarReservoir,
  type ExemplarReservoir,
  SimpleFixedSizeExemplarReservoir,
} from './engine/exemplar-reservoir';
export type { ExemplarFilter } from './engine/exemplars';
export { type LifecycleOptions, MeterProvider, type MeterProviderOptions } from './engine/meter-provider';
export type { MeterViewOptions } from './engine/view-plan';
export { PrometheusReader, type PrometheusReaderOptions, type ScrapeOptions } from './exporter/prometheus-reader';
export type { ResourceConstantLabels } from './exporter/resource-labels';
export type { FamilyFilter } from './exporter/shared-page';
export type { MetricFamily, MetricFamilyType, Sample, SampleExemplar } from './exposition/decode/metric-family';
export { ParseError, type ParseErrorCode } from './exposition/decode/parse-error';
export { type ExpositionFormat, parseExposition } from './exposition/decode/parser';
export type { TranslationStrategy } from './exposition/names/translate';
export { type CumulativeBuckets, counterIncrease, histogramQuantile } from './exposition/quantile';
export type { Address } from './http/address';
export type { Exposition } from './http/handlers';
export { Health, type HealthReport, type ReadinessCheck, type ReadinessReport } from './http/health';
export { HttpServer, type HttpServerOptions } from './http/http-server';
export { type Route, RouteError } from './http/router';
export type { Body } from './http/send';
export type { ClientAuthType, TlsConfig, TlsCurve, TlsVersion } from './http/tls-config';
export { type RateLimit, type WebConfig, WebConfigError } from './http/web-config';
export { readWebConfig } from './http/web-config-file';
export type { HostObservation, HostOptions, HostReading } from './instrumentation/host';
export { type RouteTemplate, setHttpRoute } from './instrumentation/http/routes';
export type { HttpSource } from './instrumentation/http/sources';
/** Catalogs and instruments, as in `meterbridge/instruments`. */
export {
  type AnyInstrument,
  type BoundCatalogCounter,
  type BoundCatalogGauge,
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
  type CapableMeter,
  type CapableUpDownCounter,
  type Catalog,
  type CatalogCounter,
  CatalogError,
  type CatalogGauge,
  type CatalogHistogram,
  type CatalogInstrument,
  type CatalogObservable,
  type CatalogSource,
  type CatalogUpDownCounter,
  type Collect,
  catalogViews,
  clearSeries,
  createHttpRecorder,
  createInstruments,
  DEFAULT_BUCKETS,
  DEFAULT_CARDINALITY_LIMIT,
  type DefinedLabels,
  deferredInstruments,
  defineCatalog,
  exponentialBuckets,
  Facade,
  type GaugeMerge,
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
  type InstrumentLabels,
  type InstrumentOf,
  type Instruments,
  type LabelArguments,
  type LabelInput,
  type LabelledObservation,
  type LabelPair,
  type LabelSchema,
  type LabelSelector,
  type Labels,
  type LabelValues,
  type ListedLabel,
  linearBuckets,
  type MeterLike,
  type MetricDefinition,
  measure,
  type Observation,
  type Observed,
  type OnlyClosedValue,
  OTHER_LABEL_VALUE,
  type Outcome,
  removeSeries,
  type SelectorArguments,
  type SeriesCapabilities,
  stopwatch,
  type Timed,
  type UnionToIntersection,
} from './instruments';
export { type Issue, IssueError } from './issues';
export type { OtlpProtocol } from './otlp/protocols';
export type { HistogramAggregation, TemporalityPreference } from './otlp/selectors';
export type { ProcessMode } from './processes/role';
export type { ExporterName, LogLevel, RuntimeMetricsNames } from './sdk/accepted-values';
export type { HttpOptions } from './sdk/http-options';
export { observeHost } from './sdk/observe-host';
export type { StartOptions } from './sdk/options';
export type { PrometheusOptions } from './sdk/prometheus-options';
export type { ScrapeResult, Sdk, SdkServer, TimeoutOptions } from './sdk/sdk';
export { ConfigurationError } from './sdk/settings';
export { start } from './sdk/start';
export type { System } from './sdk/systems';
