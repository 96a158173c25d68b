import type { Attributes, DiagLogger } from '@opentelemetry/api';
import type { IMetricReader, MetricProducer, ViewOptions } from '@opentelemetry/sdk-metrics';
import { isObject } from '../is-object';
import {
  catalogList,
  enabledOrOptions,
  exemplarFilter,
  exporterList,
  folderList,
  histogramAggregation,
  logLevel,
  objectList,
  otlpProtocol,
  runtimeMetrics,
  temporality,
} from './accepted-values';
import { HTTP_SETTINGS } from './http-settings';
import { PROCESS_SETTINGS } from './process-settings';
import { PROMETHEUS_SETTINGS } from './prometheus-settings';
import { parseResourceAttributes } from './resource';
import { setting } from './setting';
import { findSystems } from './systems';
import { integer, interval, negated, object, text, timeout } from './value-types';

export const CONFIG_FILE_VARIABLE = 'OTEL_CONFIG_FILE';

/** Every setting, under the path of its option. The one source of options, variables, defaults and their documentation. */
export const SETTINGS = {
  serviceName: setting({
    type: text,
    variables: ['OTEL_SERVICE_NAME'],
    alias: ['resource', 'service.name'],
    defaultText: '`service.name` of `resource`, else `unknown_service:node`',
    description: 'The name of the service: the resource attribute `service.name`.',
  }),
  serviceVersion: setting({
    type: text,
    alias: ['resource', 'service.version'],
    defaultText: '`service.version` of `resource`',
    description: 'The version of the service: the resource attribute `service.version`, which `/health` shows.',
  }),
  resource: setting<Attributes>({
    type: {
      expected: 'an object of attributes; in the environment percent-encoded pairs key=value, separated by commas',
      parse: (value, refuse) => parseResourceAttributes(value) ?? void refuse(value),
      check: (value, refuse) => (isObject(value) ? (value as Attributes) : void refuse(value)),
    },
    variables: ['OTEL_RESOURCE_ATTRIBUTES'],
    default: {},
    defaultText: 'no attributes',
    combine: (fromCode, fromEnvironment) => ({ ...fromEnvironment, ...fromCode }),
    description:
      'Attributes of the resource. Those of code are added to those of the variable and take precedence. An invalid pair makes the whole variable invalid.',
  }),
  configFile: setting({
    type: text,
    variables: [CONFIG_FILE_VARIABLE],
    defaultText: 'none',
    description:
      'A declarative configuration file of OpenTelemetry, whose `resource` and `meter_provider` are used. It replaces the variables that begin with `OTEL_`; other options and the variables that begin with `METERBRIDGE_` take precedence over it.',
  }),
  systems: setting({
    type: findSystems,
    variables: ['METERBRIDGE_SYSTEMS'],
    default: [],
    defaultText: 'none',
    description:
      'Documented systems whose metrics exist from the start and are served at the documented port and path: facades in code (`[hodei]`), their names in the variable (`hodei,ticker`).',
  }),
  catalogs: setting({
    type: catalogList,
    default: [],
    defaultText: 'none',
    description: 'Catalogs of your own whose metrics exist from the start.',
  }),
  registry: setting({
    type: folderList,
    variables: ['METERBRIDGE_REGISTRY'],
    default: [],
    defaultText: 'none',
    description:
      'Registries whose metrics exist from the start, as those of `catalogs` do. They are read when the SDK starts; no code is generated.',
  }),
  metricsEnabled: setting({
    type: negated,
    variables: ['OTEL_SDK_DISABLED'],
    default: true,
    description:
      '`false` disables metrics: recording does nothing, no metric is served, a server that is started still answers.',
  }),
  exporters: setting({
    type: exporterList,
    variables: ['METERBRIDGE_METRICS_EXPORTER', 'OTEL_METRICS_EXPORTER'],
    default: ['prometheus'],
    defaultText: '`prometheus`',
    description:
      'Where metrics go. In the environment a list is separated by commas. `METERBRIDGE_METRICS_EXPORTER` takes precedence and governs meterbridge alone, next to another OpenTelemetry SDK.',
  }),
  exportIntervalMillis: setting({
    type: interval,
    variables: ['OTEL_METRIC_EXPORT_INTERVAL'],
    default: 60_000,
    description: 'Milliseconds between two exports of `otlp` and `console`.',
  }),
  exportTimeoutMillis: setting({
    type: timeout,
    variables: ['OTEL_METRIC_EXPORT_TIMEOUT'],
    default: 30_000,
    description: 'Milliseconds that one export of `otlp` or `console` may take, collection included.',
  }),
  otlpProtocol: setting({
    type: otlpProtocol,
    variables: ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    default: 'http/protobuf',
    description: 'How metrics are sent over OTLP. `grpc` needs the package `@opentelemetry/otlp-grpc-exporter-base`.',
  }),
  otlpTemporality: setting({
    type: temporality,
    variables: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    default: 'cumulative',
    description: 'The temporality that the OTLP exporter prefers.',
  }),
  otlpHistogramAggregation: setting({
    type: histogramAggregation,
    variables: ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'],
    default: 'explicit_bucket_histogram',
    description: 'How the OTLP exporter aggregates histograms that neither a view nor a catalog configures.',
  }),
  exemplarFilter: setting({
    type: exemplarFilter,
    variables: ['OTEL_METRICS_EXEMPLAR_FILTER'],
    default: 'trace_based',
    description: 'Which measurements can become exemplars. `trace_based`: those made in a sampled span.',
  }),
  cardinalityLimit: setting({
    type: integer(2),
    variables: ['METERBRIDGE_CARDINALITY_LIMIT'],
    defaultText: '`2000`',
    description:
      'The maximum number of attribute sets of an instrument whose view and definition set no limit. Further sets are aggregated into one overflow series.',
  }),
  initializeToZero: setting({
    type: negated,
    variables: ['METERBRIDGE_INITIALIZE_TO_ZERO_DISABLED'],
    default: true,
    description:
      'Whether series of documented metrics whose labels are all known beforehand exist from the start, as 0 or as an empty histogram.',
  }),
  views: setting({
    type: objectList<ViewOptions>('views'),
    default: [],
    defaultText: 'none',
    description: 'Views, as the `MeterProvider` of `@opentelemetry/sdk-metrics` takes them.',
  }),
  readers: setting({
    type: objectList<IMetricReader>('metric readers'),
    default: [],
    defaultText: 'none',
    description: 'Metric readers in addition to those of `exporters`.',
  }),
  metricProducers: setting({
    type: objectList<MetricProducer>('metric producers'),
    default: [],
    defaultText: 'none',
    description:
      'Producers whose metrics are served and exported too, such as `bridgePromClient(register)` for a registry of prom-client. Readers of `readers` get them too. A later call of `start()` adds its own.',
  }),
  http: setting({
    type: enabledOrOptions,
    variables: ['METERBRIDGE_HTTP_DISABLED'],
    default: true,
    description:
      'Whether HTTP requests are measured: the metrics of the enabled systems and those of the OpenTelemetry semantic conventions.',
  }),
  ...HTTP_SETTINGS,
  ...PROCESS_SETTINGS,
  hostMetrics: setting({
    type: negated,
    variables: ['METERBRIDGE_HOST_METRICS_DISABLED'],
    default: true,
    description: "Whether CPU and memory usage of the host are read for the ticker's `system_*` metrics.",
  }),
  runtimeMetrics: setting({
    type: runtimeMetrics,
    variables: ['METERBRIDGE_RUNTIME_METRICS'],
    default: 'prom-client',
    description:
      'Metrics of the process and of Node.js. `prom-client`: `process_*` and `nodejs_*`, exactly as `collectDefaultMetrics()` of prom-client names them. `opentelemetry`: `process.*`, `nodejs.*` and `v8js.*` of the OpenTelemetry semantic conventions. `none`: none. A metric whose name a catalog or a bridged registry defines is left to it.',
  }),
  shutdownOnExit: setting({
    type: negated,
    variables: ['METERBRIDGE_SHUTDOWN_ON_EXIT_DISABLED'],
    default: true,
    description:
      'Whether metrics are exported before the process ends by SIGTERM, by SIGINT or because nothing is left to do. Hooks are installed only if something is pushed: `otlp`, `console` or a reader of your own. `false` installs none.',
  }),
  flushTimeoutMillis: setting({
    type: timeout,
    variables: ['METERBRIDGE_FLUSH_TIMEOUT'],
    default: 2000,
    description: 'Milliseconds that the export before the end of the process may take.',
  }),
  logLevel: setting({
    type: logLevel,
    variables: ['OTEL_LOG_LEVEL'],
    defaultText: "`warn`, for meterbridge's own diagnostics",
    description:
      "The level at which diagnostics are logged. If it is set, those of other OpenTelemetry packages are logged too. The app's own `diag` logger takes precedence.",
  }),
  logger: setting<DiagLogger | false>({
    type: object('a DiagLogger or false', (value) => value === false || isObject(value)),
    defaultText: "the app's `diag` logger, else the console",
    description:
      'Where diagnostics go. Replaces the `diag` logger of the app until `shutdown()`. `false` logs to the `diag` logger alone.',
  }),
  ...PROMETHEUS_SETTINGS,
};
