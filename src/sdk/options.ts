import type { Attributes, DiagLogger } from '@opentelemetry/api';
import type { IMetricReader, MetricProducer, ViewOptions } from '@opentelemetry/sdk-metrics';
import type { ExemplarFilter } from '../engine/exemplars';
import type { Catalog, HttpInstruments } from '../instruments';
import type { OtlpProtocol } from '../otlp/protocols';
import type { HistogramAggregation, TemporalityPreference } from '../otlp/selectors';
import type { ProcessMode } from '../processes/role';
import type { ExporterName, LogLevel, RuntimeMetricsNames } from './accepted-values';
import type { HttpOptions } from './http-options';
import type { PrometheusOptions } from './prometheus-options';
import type { System } from './systems';

// The comments of the options are generated from the table of settings by `npm run docs`.

/** Options of {@link start}. All are optional. Code takes precedence over the environment, and that over the defaults. */
export interface StartOptions<R extends HttpInstruments = HttpInstruments, L extends object = object> {
  /**
   * The name of the service: the resource attribute `service.name`.
   *
   * - Accepted: a string that is not empty.
   * - Variable: `OTEL_SERVICE_NAME`.
   * - Default: `service.name` of `resource`, else `unknown_service:node`.
   */
  readonly serviceName?: string | undefined;
  /**
   * The version of the service: the resource attribute `service.version`, which `/health` shows.
   *
   * - Accepted: a string that is not empty.
   * - Default: `service.version` of `resource`.
   */
  readonly serviceVersion?: string | undefined;
  /**
   * Attributes of the resource. Those of code are added to those of the variable and take precedence. An invalid pair
   * makes the whole variable invalid.
   *
   * - Accepted: an object of attributes; in the environment percent-encoded pairs key=value, separated by commas.
   * - Variable: `OTEL_RESOURCE_ATTRIBUTES`.
   * - Default: no attributes.
   */
  readonly resource?: Attributes | undefined;
  /**
   * A declarative configuration file of OpenTelemetry, whose `resource` and `meter_provider` are used. It replaces the
   * variables that begin with `OTEL_`; other options and the variables that begin with `METERBRIDGE_` take precedence
   * over it.
   *
   * - Accepted: a string that is not empty.
   * - Variable: `OTEL_CONFIG_FILE`.
   * - Default: none.
   */
  readonly configFile?: string | undefined;
  /**
   * Documented systems whose metrics exist from the start and are served at the documented port and path: facades in
   * code (`[hodei]`), their names in the variable (`hodei,ticker`).
   *
   * - Accepted: a list of facades in code, and of ticker, stream-processor, hodei, orchestrator, allsource,
   *   control-plane in the environment.
   * - Variable: `METERBRIDGE_SYSTEMS`.
   * - Default: none.
   */
  readonly systems?: readonly System[] | undefined;
  /**
   * Catalogs of your own whose metrics exist from the start.
   *
   * - Accepted: a list of catalogs.
   * - Default: none.
   */
  readonly catalogs?: readonly Catalog[] | undefined;
  /**
   * Registries whose metrics exist from the start, as those of `catalogs` do. They are read when the SDK starts; no
   * code is generated.
   *
   * - Accepted: a folder, or a list of folders.
   * - Variable: `METERBRIDGE_REGISTRY`.
   * - Default: none.
   */
  readonly registry?: string | readonly string[] | undefined;
  /**
   * `false` disables metrics: recording does nothing, no metric is served, a server that is started still answers.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `OTEL_SDK_DISABLED`.
   * - Default: `true`.
   */
  readonly metricsEnabled?: boolean | undefined;
  /**
   * Where metrics go. In the environment a list is separated by commas. `METERBRIDGE_METRICS_EXPORTER` takes precedence
   * and governs meterbridge alone, next to another OpenTelemetry SDK.
   *
   * - Accepted: a list of prometheus, otlp, console, none, where none is the only one.
   * - Variable: `METERBRIDGE_METRICS_EXPORTER`, `OTEL_METRICS_EXPORTER`.
   * - Default: `prometheus`.
   */
  readonly exporters?: readonly ExporterName[] | undefined;
  /**
   * Milliseconds between two exports of `otlp` and `console`.
   *
   * - Accepted: an integer from 1 to 2147483647 (milliseconds).
   * - Variable: `OTEL_METRIC_EXPORT_INTERVAL`.
   * - Default: `60000`.
   */
  readonly exportIntervalMillis?: number | undefined;
  /**
   * Milliseconds that one export of `otlp` or `console` may take, collection included.
   *
   * - Accepted: an integer from 0 to 2147483647 (milliseconds; 0 means no limit).
   * - Variable: `OTEL_METRIC_EXPORT_TIMEOUT`.
   * - Default: `30000`.
   */
  readonly exportTimeoutMillis?: number | undefined;
  /**
   * How metrics are sent over OTLP. `grpc` needs the package `@opentelemetry/otlp-grpc-exporter-base`.
   *
   * - Accepted: one of http/protobuf, http/json, grpc.
   * - Variable: `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL`.
   * - Default: `http/protobuf`.
   */
  readonly otlpProtocol?: OtlpProtocol | undefined;
  /**
   * The temporality that the OTLP exporter prefers.
   *
   * - Accepted: one of cumulative, delta, lowmemory.
   * - Variable: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
   * - Default: `cumulative`.
   */
  readonly otlpTemporality?: TemporalityPreference | undefined;
  /**
   * How the OTLP exporter aggregates histograms that neither a view nor a catalog configures.
   *
   * - Accepted: one of explicit_bucket_histogram, base2_exponential_bucket_histogram.
   * - Variable: `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
   * - Default: `explicit_bucket_histogram`.
   */
  readonly otlpHistogramAggregation?: HistogramAggregation | undefined;
  /**
   * Which measurements can become exemplars. `trace_based`: those made in a sampled span.
   *
   * - Accepted: one of trace_based, always_on, always_off.
   * - Variable: `OTEL_METRICS_EXEMPLAR_FILTER`.
   * - Default: `trace_based`.
   */
  readonly exemplarFilter?: ExemplarFilter | undefined;
  /**
   * The maximum number of attribute sets of an instrument whose view and definition set no limit. Further sets are
   * aggregated into one overflow series.
   *
   * - Accepted: an integer of at least 2.
   * - Variable: `METERBRIDGE_CARDINALITY_LIMIT`.
   * - Default: `2000`.
   */
  readonly cardinalityLimit?: number | undefined;
  /**
   * Whether series of documented metrics whose labels are all known beforehand exist from the start, as 0 or as an
   * empty histogram.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_INITIALIZE_TO_ZERO_DISABLED`.
   * - Default: `true`.
   */
  readonly initializeToZero?: boolean | undefined;
  /**
   * Views, as the `MeterProvider` of `@opentelemetry/sdk-metrics` takes them.
   *
   * - Accepted: a list of views.
   * - Default: none.
   */
  readonly views?: readonly ViewOptions[] | undefined;
  /**
   * Metric readers in addition to those of `exporters`.
   *
   * - Accepted: a list of metric readers.
   * - Default: none.
   */
  readonly readers?: readonly IMetricReader[] | undefined;
  /**
   * Producers whose metrics are served and exported too, such as `bridgePromClient(register)` for a registry of
   * prom-client. Readers of `readers` get them too. A later call of `start()` adds its own.
   *
   * - Accepted: a list of metric producers.
   * - Default: none.
   */
  readonly metricProducers?: readonly MetricProducer[] | undefined;
  /**
   * Whether HTTP requests are measured: the metrics of the enabled systems and those of the OpenTelemetry semantic
   * conventions.
   *
   * - Accepted: true or false, or in code an object of options; in the variable `true` disables.
   * - Variable: `METERBRIDGE_HTTP_DISABLED`.
   * - Default: `true`.
   */
  readonly http?: boolean | HttpOptions<R, L> | undefined;
  /**
   * How the processes and threads of one program share their metrics. `aggregate`: the first process serves and pushes
   * the metrics of its threads and descendants too. `separate`: each serves and pushes its own, with a
   * `service.instance.id` of its own. `off`: threads, cluster workers and forked processes serve and push nothing.
   *
   * - Accepted: one of aggregate, separate, off.
   * - Variable: `METERBRIDGE_PROCESSES`.
   * - Default: `aggregate`.
   */
  readonly processes?: ProcessMode | undefined;
  /**
   * Milliseconds after which other processes and threads send what has changed, besides at each scrape. What one of
   * them has recorded since then is lost if it is killed.
   *
   * - Accepted: an integer from 1 to 2147483647 (milliseconds).
   * - Variable: `METERBRIDGE_PROCESS_SYNC_INTERVAL`.
   * - Default: `1000`.
   */
  readonly processSyncIntervalMillis?: number | undefined;
  /**
   * Whether CPU and memory usage of the host are read for the ticker's `system_*` metrics.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_HOST_METRICS_DISABLED`.
   * - Default: `true`.
   */
  readonly hostMetrics?: boolean | undefined;
  /**
   * Metrics of the process and of Node.js. `prom-client`: `process_*` and `nodejs_*`, exactly as
   * `collectDefaultMetrics()` of prom-client names them. `opentelemetry`: `process.*`, `nodejs.*` and `v8js.*` of the
   * OpenTelemetry semantic conventions. `none`: none. A metric whose name a catalog or a bridged registry defines is
   * left to it.
   *
   * - Accepted: one of prom-client, opentelemetry, none.
   * - Variable: `METERBRIDGE_RUNTIME_METRICS`.
   * - Default: `prom-client`.
   */
  readonly runtimeMetrics?: RuntimeMetricsNames | undefined;
  /**
   * Whether metrics are exported before the process ends by SIGTERM, by SIGINT or because nothing is left to do. Hooks
   * are installed only if something is pushed: `otlp`, `console` or a reader of your own. `false` installs none.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_SHUTDOWN_ON_EXIT_DISABLED`.
   * - Default: `true`.
   */
  readonly shutdownOnExit?: boolean | undefined;
  /**
   * Milliseconds that the export before the end of the process may take.
   *
   * - Accepted: an integer from 0 to 2147483647 (milliseconds; 0 means no limit).
   * - Variable: `METERBRIDGE_FLUSH_TIMEOUT`.
   * - Default: `2000`.
   */
  readonly flushTimeoutMillis?: number | undefined;
  /**
   * The level at which diagnostics are logged. If it is set, those of other OpenTelemetry packages are logged too. The
   * app's own `diag` logger takes precedence.
   *
   * - Accepted: one of none, error, warn, info, debug, verbose, all.
   * - Variable: `OTEL_LOG_LEVEL`.
   * - Default: `warn`, for meterbridge's own diagnostics.
   */
  readonly logLevel?: LogLevel | undefined;
  /**
   * Where diagnostics go. Replaces the `diag` logger of the app until `shutdown()`. `false` logs to the `diag` logger
   * alone.
   *
   * - Accepted: a DiagLogger or false.
   * - Default: the app's `diag` logger, else the console.
   */
  readonly logger?: DiagLogger | false | undefined;
  /** How metrics are served to Prometheus. */
  readonly prometheus?: PrometheusOptions | undefined;
}
