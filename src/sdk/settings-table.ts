import type { IncomingMessage } from 'node:http';
import type { Attributes, DiagLogger } from '@opentelemetry/api';
import type { AggregationOption, IMetricReader, InstrumentType, ViewOptions } from '@opentelemetry/sdk-metrics';
import { EXPECTED_PORT, HOST_VARIABLE, MAX_PORT, PORT_VARIABLE, parseDecimal } from '../exporter/environment';
import type { ResourceConstantLabels } from '../exporter/prometheus-exporter';
import { TRANSLATION_STRATEGIES } from '../exposition/names/translate';
import type { WebConfig } from '../http/web-config';
import type { Catalog } from '../instruments';
import { parseResourceAttributes } from './resource';
import { findSystems, type System } from './systems';
import {
  boolean,
  integer,
  interval,
  listOf,
  negated,
  object,
  oneOf,
  simple,
  text,
  timeout,
  url,
  type ValueType,
} from './value-types';

/** One setting: an option of `start()` and the variables that set it where code does not. */
export interface Setting<T> {
  readonly type: ValueType<NonNullable<T>>;
  /** In the order of their precedence. None if only code can give the value. */
  readonly variables?: readonly string[];
  /** The value if neither code nor the environment gives a valid one. A function if it depends on the environment. */
  readonly default?: T | ((env: NodeJS.ProcessEnv) => T);
  /** The default as the documentation says it, if it is not the value itself. */
  readonly defaultText?: string;
  /** Combines the values of code and environment. By default the value of code replaces that of the environment. */
  readonly combine?: (fromCode: T, fromEnvironment: T) => T;
  /** Whether the endpoint must reject every request if the value is invalid. A variable that is set but empty is invalid too. */
  readonly isSecurity?: true;
  /** What the setting does, in one or two sentences of Markdown. */
  readonly description: string;
}

const EXPORTERS = ['prometheus', 'otlp', 'console', 'none'] as const;
const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;
const HISTOGRAM_AGGREGATIONS = ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] as const;
const EXEMPLAR_FILTERS = ['trace_based', 'always_on', 'always_off'] as const;
const LOG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;

/** Where metrics go. */
export type ExporterName = (typeof EXPORTERS)[number];
/** How metrics are sent over OTLP. */
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];
/** Which temporality an OTLP exporter prefers (OpenTelemetry specification, OTLP metrics exporter). */
export type TemporalityPreference = (typeof TEMPORALITIES)[number];
/** How an OTLP exporter aggregates histograms that no view configures (OpenTelemetry specification, OTLP metrics exporter). */
export type HistogramAggregation = (typeof HISTOGRAM_AGGREGATIONS)[number];
/** The levels of OpenTelemetry's diagnostic logger. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The exporters; `none` together with others is refused and left out. */
const exporterList: ValueType<readonly ExporterName[]> = {
  ...listOf(...EXPORTERS),
  expected: `a list of ${EXPORTERS.join(', ')}, where none is the only one`,
  parse: (value, refuse) => withoutNone(listOf(...EXPORTERS).parse(value, refuse), refuse),
  check: (value, refuse) => withoutNone(listOf(...EXPORTERS).check(value, refuse), refuse),
};

function withoutNone(
  exporters: readonly ExporterName[] | undefined,
  refuse: (received: unknown) => void,
): readonly ExporterName[] | undefined {
  if (exporters === undefined || exporters.length < 2 || !exporters.includes('none')) return exporters;
  refuse(exporters.join(','));
  return exporters.filter((name) => name !== 'none');
}

const port: ValueType<number> = { ...integer(0, MAX_PORT), expected: EXPECTED_PORT, parse: parsePort };

function parsePort(value: string, refuse: (received: unknown) => void): number | undefined {
  const found = parseDecimal(value, 0, MAX_PORT);
  if (found === undefined) refuse(value);
  return found;
}

/** The paths of the other routes of a server; what is below them belongs to them. */
const RESERVED_PATHS = ['/health', '/ready', '/dashboard'];

/** The path of an endpoint. */
export const path: ValueType<string> = simple(
  `a percent-encoded path that begins with / and is not ${RESERVED_PATHS.join(', ')}`,
  acceptedPath,
  acceptedPath,
);

function acceptedPath(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('/') || /[?#]/.test(value)) return undefined;
  if (RESERVED_PATHS.some((route) => value === route || value.startsWith(`${route}/`))) return undefined;
  return URL.canParse(`http://localhost${value}`) && new URL(`http://localhost${value}`).pathname === value
    ? value
    : undefined;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isFunction = (value: unknown) => typeof value === 'function';
const isArrayOf = (isItem: (item: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(isItem);
const isCatalog = (value: unknown) => isObject(value) && isObject((value as Partial<Catalog>).metrics);

/** Every setting, under the path of its option. The one source of options, variables, defaults and their documentation. */
export const SETTINGS = {
  serviceName: setting({
    type: text,
    variables: ['OTEL_SERVICE_NAME'],
    defaultText: '`service.name` of `resource`, else `unknown_service:node`',
    description: 'The name of the service: the resource attribute `service.name`.',
  }),
  serviceVersion: setting({
    type: text,
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
  systems: setting<readonly System[]>({
    type: findSystems,
    variables: ['METERBRIDGE_SYSTEMS'],
    default: [],
    defaultText: 'none',
    description:
      'Documented systems whose metrics exist from the start and are served at the documented port and path: facades in code (`[hodei]`), their names in the variable (`hodei,ticker`).',
  }),
  catalogs: setting<readonly Catalog[]>({
    type: object('a list of catalogs', isArrayOf(isCatalog)),
    default: [],
    defaultText: 'none',
    description: 'Catalogs of your own whose metrics exist from the start.',
  }),
  metricsEnabled: setting({
    type: negated,
    variables: ['OTEL_SDK_DISABLED'],
    default: true,
    description:
      '`false` disables metrics: recording does nothing, no metric is served, a server that is started still answers.',
  }),
  exporters: setting<readonly ExporterName[]>({
    type: exporterList,
    variables: ['OTEL_METRICS_EXPORTER'],
    default: ['prometheus'],
    defaultText: '`prometheus`',
    description: 'Where metrics go. In the environment a list is separated by commas.',
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
  otlpProtocol: setting<OtlpProtocol>({
    type: oneOf(...OTLP_PROTOCOLS),
    variables: ['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'],
    default: 'http/protobuf',
    description:
      'How metrics are sent over OTLP. `grpc` needs the package `@opentelemetry/exporter-metrics-otlp-grpc`.',
  }),
  otlpTemporality: setting<TemporalityPreference>({
    type: oneOf(...TEMPORALITIES),
    variables: ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
    default: 'cumulative',
    description: 'The temporality that the OTLP exporter prefers.',
  }),
  otlpHistogramAggregation: setting<HistogramAggregation>({
    type: oneOf(...HISTOGRAM_AGGREGATIONS),
    variables: ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'],
    default: 'explicit_bucket_histogram',
    description: 'How the OTLP exporter aggregates histograms that neither a view nor a catalog configures.',
  }),
  exemplarFilter: setting<(typeof EXEMPLAR_FILTERS)[number]>({
    type: oneOf(...EXEMPLAR_FILTERS),
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
  views: setting<readonly ViewOptions[]>({
    type: object('a list of views', isArrayOf(isObject)),
    default: [],
    defaultText: 'none',
    description: 'Views, as the `MeterProvider` of `@opentelemetry/sdk-metrics` takes them.',
  }),
  readers: setting<readonly IMetricReader[]>({
    type: object('a list of metric readers', isArrayOf(isObject)),
    default: [],
    defaultText: 'none',
    description: 'Metric readers in addition to those of `exporters`.',
  }),
  http: setting({
    type: {
      ...negated,
      expected: `${negated.expected}; in code also an object of options`,
      check: (value, refuse) => isObject(value) || negated.check(value, refuse),
    },
    variables: ['METERBRIDGE_HTTP_DISABLED'],
    default: true,
    description:
      'Whether HTTP requests are measured: the metrics of the enabled systems and those of the OpenTelemetry semantic conventions.',
  }),
  'http.routeOf': setting<(request: IncomingMessage) => string | undefined>({
    type: object('a function', isFunction),
    defaultText: 'none',
    description: 'Returns the route template of a request whose route no framework names, or `undefined`.',
  }),
  'http.countScrapes': setting({
    type: boolean,
    variables: ['METERBRIDGE_HTTP_COUNT_SCRAPES'],
    default: false,
    description: "Whether requests that the SDK's own handlers answer are measured too.",
  }),
  hostMetrics: setting({
    type: negated,
    variables: ['METERBRIDGE_HOST_METRICS_DISABLED'],
    default: true,
    description: "Whether CPU and memory usage of the host are read for the ticker's `system_*` metrics.",
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
  logLevel: setting<LogLevel>({
    type: oneOf(...LOG_LEVELS),
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
  'prometheus.host': setting({
    type: text,
    variables: [HOST_VARIABLE],
    default: 'localhost',
    description: 'The address that the endpoint listens on.',
  }),
  'prometheus.port': setting({
    type: port,
    variables: [PORT_VARIABLE],
    defaultText: "in code the system's documented port; in a preload and without a documented system `9464`",
    description: 'The port that the endpoint listens on. 0 lets the operating system choose.',
  }),
  'prometheus.path': setting({
    type: path,
    variables: ['METERBRIDGE_PROMETHEUS_PATH'],
    defaultText: "the system's documented path, else `/metrics`",
    description: 'The path of the metrics.',
  }),
  'prometheus.server': setting({
    type: negated,
    variables: ['METERBRIDGE_PROMETHEUS_SERVER_DISABLED'],
    default: true,
    description: '`false` starts no server; mount `sdk.handler` in your own.',
  }),
  'prometheus.translationStrategy': setting({
    type: oneOf(...TRANSLATION_STRATEGIES),
    variables: ['METERBRIDGE_PROMETHEUS_TRANSLATION_STRATEGY'],
    defaultText: '`UnderscoreEscapingWithSuffixes`',
    description:
      'How names of metrics that no catalog documents are translated (OpenTelemetry specification, Prometheus exporter, `translation_strategy`).',
  }),
  'prometheus.scopeInfoEnabled': setting({
    type: negated,
    variables: ['METERBRIDGE_PROMETHEUS_SCOPE_INFO_DISABLED'],
    default: true,
    description: 'Whether metrics that no catalog documents carry `otel_scope_*` labels.',
  }),
  'prometheus.targetInfoEnabled': setting({
    type: negated,
    variables: ['METERBRIDGE_PROMETHEUS_TARGET_INFO_DISABLED'],
    default: true,
    description: 'Whether the metric `target_info` is served.',
  }),
  'prometheus.resourceConstantLabels': setting<ResourceConstantLabels>({
    type: object('an object with included and excluded', isObject),
    defaultText: 'none',
    description: 'Which resource attributes become labels of metrics that no catalog documents.',
  }),
  'prometheus.defaultAggregation': setting<(instrument: InstrumentType) => AggregationOption>({
    type: object('a function', isFunction),
    defaultText: "the SDK's",
    description: 'The aggregation of instruments that neither a view nor a catalog configures.',
  }),
  'prometheus.createdSamples': setting({
    type: boolean,
    variables: ['METERBRIDGE_PROMETHEUS_CREATED_SAMPLES'],
    default: false,
    description: 'Whether OpenMetrics expositions have `_created` samples.',
  }),
  'prometheus.selfMetrics': setting({
    type: negated,
    variables: ['METERBRIDGE_PROMETHEUS_SELF_METRICS_DISABLED'],
    default: true,
    description: "Whether the endpoint's own `meterbridge_*` metrics are served.",
  }),
  'prometheus.dashboard': setting({
    type: negated,
    variables: ['METERBRIDGE_DASHBOARD_DISABLED'],
    default: (env) => !/^prod(uction)?$/i.test(env.NODE_ENV?.trim() ?? ''),
    defaultText: '`true`, but `false` if `NODE_ENV` is `production`',
    description: "Whether the SDK's servers have a page at `/dashboard` that shows the metrics.",
  }),
  'prometheus.maxRequests': setting({
    type: integer(1),
    variables: ['METERBRIDGE_PROMETHEUS_MAX_REQUESTS'],
    default: 40,
    description: 'The maximum number of concurrent requests of a server; further ones are answered with 503.',
  }),
  'prometheus.portRetryMillis': setting({
    type: interval,
    variables: ['METERBRIDGE_PROMETHEUS_PORT_RETRY'],
    defaultText: 'no retry',
    description: 'Milliseconds after which a port that is in use is tried again.',
  }),
  'prometheus.web': setting<WebConfig | string>({
    type: simple<WebConfig | string>(
      'the path of a web-config.yml file; in code also an object',
      (value) => value,
      (value) =>
        isObject(value) || (typeof value === 'string' && value !== '') ? (value as WebConfig | string) : undefined,
    ),
    variables: ['METERBRIDGE_WEB_CONFIG_FILE'],
    isSecurity: true,
    defaultText: 'no authentication, no TLS',
    description:
      "TLS, client certificates and passwords of the SDK's servers, in the format of Prometheus's `web-config.yml`. Handlers that you mount are protected by your own server.",
  }),
  'prometheus.bearerToken': setting({
    type: simple<string>(
      'visible ASCII characters without blanks',
      (value) => (isToken(value) ? value : undefined),
      (value) => (isToken(value) ? value : undefined),
    ),
    variables: ['METERBRIDGE_BEARER_TOKEN'],
    isSecurity: true,
    defaultText: 'none',
    description: "A token that the SDK's servers accept as `Authorization: Bearer`.",
  }),
};

function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

/**
 * Variables that the OTLP exporters read themselves. They have no option: in code, give `readers` an exporter with options
 * of its own. They are checked here because the exporters ignore invalid ones silently.
 */
export const EXPORTER_VARIABLES: Readonly<
  Record<string, { readonly type: ValueType<unknown>; readonly description: string }>
> = Object.fromEntries(
  ['OTEL_EXPORTER_OTLP', 'OTEL_EXPORTER_OTLP_METRICS'].flatMap((prefix) => [
    [`${prefix}_ENDPOINT`, { type: url('http', 'https', 'unix'), description: 'The URL of the backend.' }],
    [
      `${prefix}_HEADERS`,
      { type: text, description: 'Headers of each request: pairs `key=value`, separated by commas.' },
    ],
    [`${prefix}_TIMEOUT`, { type: timeout, description: 'Milliseconds that one request may take.' }],
    [`${prefix}_COMPRESSION`, { type: oneOf('none', 'gzip'), description: 'How requests are compressed.' }],
    [`${prefix}_CERTIFICATE`, { type: text, description: 'The file of the certificate authority.' }],
    [`${prefix}_CLIENT_KEY`, { type: text, description: 'The file of the client key.' }],
    [`${prefix}_CLIENT_CERTIFICATE`, { type: text, description: 'The file of the client certificate.' }],
    [`${prefix}_INSECURE`, { type: boolean, description: 'Whether grpc connects without TLS.' }],
  ]),
);

/** Types a row: a setting without a default can be `undefined`. */
function setting<T>(row: Setting<T> & { readonly default: Setting<T>['default'] }): Setting<T>;
function setting<T>(row: Omit<Setting<T>, 'default' | 'combine'>): Setting<T | undefined>;
function setting(row: Setting<unknown>): Setting<unknown> {
  return row;
}
