import { randomUUID } from 'node:crypto';
import type { Attributes, DiagLogger } from '@opentelemetry/api';
import type { IMetricReader, ViewOptions } from '@opentelemetry/sdk-metrics';
import { shown } from '../diagnostics';
import type { ExemplarFilter } from '../engine/exemplars';
import type { PrometheusBridgeOptions } from '../exporter/prometheus-exporter';
import { TRANSLATION_STRATEGIES, type TranslationStrategy } from '../exposition/names/translate';
import type { ServerOptions } from '../http/metrics-server';
import { checkWebConfig, readWebConfig, type WebConfig, WebConfigError } from '../http/web-config';
import { HTTP_SOURCES, type HttpSource } from '../instrumentation/http/sources';
import type { Catalog, HttpInstruments, HttpRecorderOptions, HttpRequest } from '../instruments';
import { isSystemName, SYSTEM_NAMES, type SystemName } from './systems';

const EXPORTERS = ['prometheus', 'otlp', 'console', 'none'] as const;
const PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
const LOG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;
const EXEMPLAR_FILTERS = ['trace_based', 'always_on', 'always_off'] as const;
const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;

export type ExporterName = (typeof EXPORTERS)[number];
export type OtlpProtocol = (typeof PROTOCOLS)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Options of {@link start}. All are optional; what code gives wins over the environment, and that over the defaults. */
export interface StartOptions<
  S extends SystemName = SystemName,
  R extends HttpInstruments = HttpInstruments,
  L extends object = object,
> {
  /** `service.name`. Else `OTEL_SERVICE_NAME`, else the SDK's default. */
  readonly serviceName?: string;
  /** `service.version`, shown by `/health`. Else from `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly serviceVersion?: string;
  /** Further resource attributes, over those of `OTEL_RESOURCE_ATTRIBUTES`. */
  readonly resource?: Attributes;
  /** The documented systems whose families exist from the start. Else `METERBRIDGE_SYSTEMS`, else none. */
  readonly systems?: readonly S[];
  /** Catalogs of your own. */
  readonly catalogs?: readonly Catalog[];
  /**
   * `false` switches metrics off: recording does nothing, documented families are absent, a server that is started still
   * answers. Else the opposite of `OTEL_SDK_DISABLED`, else `true`.
   */
  readonly metricsEnabled?: boolean;
  /** Where metrics go. Else `OTEL_METRICS_EXPORTER`, a list with commas, else `prometheus`. */
  readonly exporters?: readonly ExporterName[];
  /** Milliseconds between exports of `otlp` and `console`. Else `OTEL_METRIC_EXPORT_INTERVAL`, else 60000. */
  readonly exportIntervalMillis?: number;
  readonly prometheus?: PrometheusOptions;
  /** HTTP server requests of the process: the families of the enabled systems and `http.server.request.duration`. `false` leaves them out. */
  readonly http?: false | HttpOptions<R, L>;
  /** Readings of the machine for the ticker's `system_*` families. `false` leaves them out. */
  readonly host?: false;
  /** Whether series that can be known beforehand exist from the start, as 0 or empty. `true` by default. */
  readonly zero?: boolean;
  /** The most series of an instrument whose view or catalog has no limit of its own; at least 2. 2000 by default. */
  readonly cardinalityLimit?: number;
  /** Views of your own, as a `MeterProvider` takes them. */
  readonly views?: readonly ViewOptions[];
  /** Readers of your own, beside those of {@link exporters}. */
  readonly readers?: readonly IMetricReader[];
  /** Whether SIGTERM, SIGINT and an empty event loop shut the SDK down, so that nothing recorded is lost. `true` by default. */
  readonly shutdownOnExit?: boolean;
  /**
   * Where diagnostics go. The console unless given, at `OTEL_LOG_LEVEL`, else `warn`; `false` leaves the logger that is set
   * with `diag.setLogger`.
   */
  readonly logger?: DiagLogger | false;
}

/** How metrics are served to Prometheus. */
export interface PrometheusOptions
  extends Omit<ServerOptions, 'web'>,
    Pick<
      PrometheusBridgeOptions,
      | 'scopeInfoEnabled'
      | 'targetInfoEnabled'
      | 'resourceConstantLabels'
      | 'defaultAggregation'
      | 'createdSamples'
      | 'selfMetrics'
    > {
  /** Else `OTEL_EXPORTER_PROMETHEUS_HOST`, else `localhost`. */
  readonly host?: string;
  /** Else `OTEL_EXPORTER_PROMETHEUS_PORT`, else the system's documented port, else 9464. 0 lets the machine choose. */
  readonly port?: number;
  /** Else `METERBRIDGE_PROMETHEUS_PATH`, else the system's documented path, else `/metrics`. */
  readonly path?: string;
  /** `false` starts no server; mount the SDK's handlers in one of yours. */
  readonly server?: boolean;
  /**
   * How undocumented names are translated. Else `METERBRIDGE_PROMETHEUS_TRANSLATION_STRATEGY`, else
   * `UnderscoreEscapingWithSuffixes`.
   */
  readonly translationStrategy?: TranslationStrategy;
  /**
   * Whether the SDK's servers have a page at `/dashboard` that shows the families as they change. `true` by default, but
   * where `NODE_ENV` is `production`.
   */
  readonly dashboard?: boolean;
  /**
   * Who may ask, and over what: TLS, client certificates, passwords, a bearer token. An object, or the path of a file in the
   * format of Prometheus's `web-config.yml`. Else the file named by `METERBRIDGE_WEB_CONFIG_FILE` and the token in
   * `METERBRIDGE_BEARER_TOKEN`, else anyone over plain HTTP. For servers that the SDK starts; a mounted handler is guarded by
   * the server that it is mounted in.
   */
  readonly web?: WebConfig | string;
}

/** How HTTP requests are measured. */
export interface HttpOptions<R extends HttpInstruments = HttpInstruments, L extends object = object>
  extends HttpRecorderOptions<L> {
  /** Instruments of a catalog that record every request to a server of the app. None by default. */
  readonly record?: R | undefined;
  /**
   * What measures `http.server.request.duration`: the diagnostics channels of Node.js, or
   * `@opentelemetry/instrumentation-http`, which must not be registered by the app too. Everything else is measured from
   * channels. `METERBRIDGE_HTTP_SOURCE` or `channels` by default.
   */
  readonly source?: HttpSource | undefined;
  /** Whether the metrics of the OpenTelemetry semantic conventions are recorded. `METERBRIDGE_HTTP_SEMCONV_DISABLED` or `true` by default. */
  readonly semconv?: boolean | undefined;
  /**
   * The methods that `http.request.method` can have; any other is recorded as `_OTHER`.
   * `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, a list, or those of the semantic conventions by default.
   */
  readonly knownMethods?: readonly string[] | undefined;
  /**
   * The requests that are not measured: paths such as `/healthz`, beginnings of paths such as `/assets/*`, or a function.
   * `METERBRIDGE_HTTP_IGNORE`, a list of paths, or none by default.
   */
  readonly ignore?: readonly string[] | ((request: HttpRequest) => boolean) | undefined;
  /** Returns the route template of a request whose route no framework names, or `undefined`. */
  readonly routeOf?: ((request: HttpRequest) => string | undefined) | undefined;
}

/** Options and environment, resolved. */
export interface Settings {
  readonly systems: readonly SystemName[];
  readonly enabled: boolean;
  readonly exporters: readonly ExporterName[];
  readonly protocol: OtlpProtocol;
  readonly cardinalityLimit: number | undefined;
  readonly exportIntervalMillis: number;
  readonly exportTimeoutMillis: number;
  readonly exemplarFilter: ExemplarFilter;
  readonly logLevel: LogLevel;
  readonly serviceName: string | undefined;
  readonly host: string;
  /** Nothing when neither code nor environment names one. */
  readonly port: number | undefined;
  readonly path: string | undefined;
  readonly translationStrategy: TranslationStrategy | undefined;
  readonly server: ServerOptions;
  readonly dashboard: boolean;
  readonly httpSource: HttpSource;
  readonly httpSemconv: boolean;
  readonly httpKnownMethods: readonly string[] | undefined;
  readonly httpIgnore: readonly string[] | ((request: HttpRequest) => boolean);
}

/** The options or the environment hold something that is not accepted. Lists everything that is wrong. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Resolves options and environment. What is not accepted becomes a problem and takes its default.
 *
 * @param env the process's environment
 */
export function resolveSettings(
  options: StartOptions,
  env: NodeJS.ProcessEnv,
): { settings: Settings; problems: readonly string[] } {
  const problems: string[] = [];
  const from = new Environment(env, problems);
  const exporters = listOf('exporters', EXPORTERS, options.exporters, from, 'OTEL_METRICS_EXPORTER', problems);
  if (exporters?.includes('none') === true && exporters.length > 1) {
    problems.push(`none stands alone among exporters, given ${exporters.join(', ')}`);
  }
  const systems = listOf('systems', SYSTEM_NAMES, options.systems, from, 'METERBRIDGE_SYSTEMS', problems);
  const interval =
    positive('exportIntervalMillis', options.exportIntervalMillis, problems) ??
    from.positive('OTEL_METRIC_EXPORT_INTERVAL') ??
    60_000;
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT']) from.url(name);
  for (const name of ['OTEL_EXPORTER_OTLP_TIMEOUT', 'OTEL_EXPORTER_OTLP_METRICS_TIMEOUT']) from.positive(name);
  from.oneOf('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', TEMPORALITIES);
  const { cardinalityLimit, prometheus = {} } = options;
  const http: HttpOptions = options.http || {};
  if (cardinalityLimit !== undefined && !(Number.isInteger(cardinalityLimit) && cardinalityLimit >= 2)) {
    problems.push(`cardinalityLimit is a whole number of at least 2, given ${shown(cardinalityLimit)}`);
  }
  const settings: Settings = {
    cardinalityLimit,
    systems: (systems ?? []).filter(isSystemName),
    enabled: options.metricsEnabled ?? from.boolean('OTEL_SDK_DISABLED') !== true,
    exporters: exporters ?? ['prometheus'],
    protocol:
      from.oneOf('OTEL_EXPORTER_OTLP_METRICS_PROTOCOL', PROTOCOLS) ??
      from.oneOf('OTEL_EXPORTER_OTLP_PROTOCOL', PROTOCOLS) ??
      'http/protobuf',
    exportIntervalMillis: interval,
    exportTimeoutMillis: Math.min(from.positive('OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000, interval),
    exemplarFilter: from.oneOf('OTEL_METRICS_EXEMPLAR_FILTER', EXEMPLAR_FILTERS) ?? 'trace_based',
    logLevel: from.oneOf('OTEL_LOG_LEVEL', LOG_LEVELS) ?? 'warn',
    serviceName: options.serviceName ?? from.text('OTEL_SERVICE_NAME'),
    host: prometheus.host ?? from.text('OTEL_EXPORTER_PROMETHEUS_HOST') ?? 'localhost',
    port:
      port('prometheus.port', prometheus.port, problems) ??
      port('OTEL_EXPORTER_PROMETHEUS_PORT', from.number('OTEL_EXPORTER_PROMETHEUS_PORT'), problems),
    path:
      path('prometheus.path', prometheus.path, problems) ??
      path('METERBRIDGE_PROMETHEUS_PATH', from.text('METERBRIDGE_PROMETHEUS_PATH'), problems),
    translationStrategy:
      oneOf('prometheus.translationStrategy', TRANSLATION_STRATEGIES, prometheus.translationStrategy, problems) ??
      from.oneOf('METERBRIDGE_PROMETHEUS_TRANSLATION_STRATEGY', TRANSLATION_STRATEGIES),
    server: serverOptions(prometheus, from, problems),
    dashboard: prometheus.dashboard ?? from.text('NODE_ENV') !== 'production',
    httpSource:
      oneOf('http.source', HTTP_SOURCES, http.source, problems) ??
      from.oneOf('METERBRIDGE_HTTP_SOURCE', HTTP_SOURCES) ??
      'channels',
    httpSemconv: http.semconv ?? from.boolean('METERBRIDGE_HTTP_SEMCONV_DISABLED') !== true,
    httpKnownMethods: http.knownMethods ?? from.list('OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'),
    httpIgnore: http.ignore ?? from.list('METERBRIDGE_HTTP_IGNORE') ?? [],
  };
  return { settings, problems };
}

function serverOptions(prometheus: PrometheusOptions, from: Environment, problems: string[]): ServerOptions {
  const { maxRequests } = prometheus;
  if (maxRequests !== undefined && !(Number.isInteger(maxRequests) && maxRequests > 0)) {
    problems.push(`prometheus.maxRequests is a whole number above 0, given ${shown(maxRequests)}`);
  }
  const portRetryMillis = positive('prometheus.portRetryMillis', prometheus.portRetryMillis, problems);
  const web = webConfig(prometheus.web, from, problems);
  return {
    ...(maxRequests === undefined ? {} : { maxRequests }),
    ...(portRetryMillis === undefined ? {} : { portRetryMillis }),
    ...(web === undefined ? {} : { web }),
  };
}

/** A configuration that is not accepted leaves one that lets nobody in: what was to be guarded must not stand open. */
function webConfig(
  given: WebConfig | string | undefined,
  from: Environment,
  problems: string[],
): WebConfig | undefined {
  const file =
    typeof given === 'string' ? given : given === undefined ? from.text('METERBRIDGE_WEB_CONFIG_FILE') : undefined;
  const bearerToken = given === undefined ? from.text('METERBRIDGE_BEARER_TOKEN') : undefined;
  try {
    const read = file === undefined ? (given as WebConfig | undefined) : readWebConfig(file);
    if (read === undefined && bearerToken === undefined) return undefined;
    const config: WebConfig = { ...read, ...(bearerToken === undefined ? {} : { bearerToken }) };
    checkWebConfig(config, file ?? (given === undefined ? 'METERBRIDGE_BEARER_TOKEN' : 'prometheus.web'));
    return config;
  } catch (error) {
    if (!(error instanceof WebConfigError)) throw error;
    problems.push(...error.problems);
    return { bearerToken: randomUUID() };
  }
}

/** Reads variables; an empty one counts as unset (OpenTelemetry environment variable specification). */
class Environment {
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly problems: string[],
  ) {}

  text(name: string): string | undefined {
    return this.env[name]?.trim() || undefined;
  }

  list(name: string): string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }

  boolean(name: string): boolean | undefined {
    const value = this.oneOf(name, ['true', 'false']);
    return value === undefined ? undefined : value === 'true';
  }

  oneOf<T extends string>(name: string, accepted: readonly T[]): T | undefined {
    return oneOf(name, accepted, this.text(name), this.problems);
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  positive(name: string): number | undefined {
    return positive(name, this.number(name), this.problems, this.text(name));
  }

  url(name: string): void {
    const text = this.text(name);
    if (text !== undefined && !/^(https?|unix):/.test(URL.canParse(text) ? text : '')) {
      this.problems.push(`${name} is a URL such as http://localhost:4318, given ${shown(text)}`);
    }
  }
}

function listOf<T extends string>(
  option: string,
  accepted: readonly T[],
  given: readonly string[] | undefined,
  env: Environment,
  variable: string,
  problems: string[],
): T[] | undefined {
  const values = given ?? env.list(variable);
  if (values === undefined) return undefined;
  const place = given === undefined ? variable : option;
  const known = (value: string): value is T => accepted.some((name) => name === value);
  for (const value of values) {
    if (!known(value)) problems.push(`${place} holds ${accepted.join(', ')}, given ${shown(value)}`);
  }
  return [...new Set(values.filter(known))];
}

function oneOf<T extends string>(
  name: string,
  accepted: readonly T[],
  given: string | undefined,
  problems: string[],
): T | undefined {
  if (given === undefined) return undefined;
  const found = accepted.find((value) => value.toLowerCase() === given.toLowerCase());
  if (found === undefined) problems.push(`${name} is one of ${accepted.join(', ')}, given ${shown(given)}`);
  return found;
}

function positive(
  name: string,
  value: number | undefined,
  problems: string[],
  given: unknown = value,
): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return value;
  problems.push(`${name} is a whole number of milliseconds above 0, given ${shown(given)}`);
  return undefined;
}

function port(name: string, value: number | undefined, problems: string[]): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= 65_535)) return value;
  problems.push(`${name} is a port from 0 to 65535, given ${shown(value)}`);
  return undefined;
}

function path(name: string, value: string | undefined, problems: string[]): string | undefined {
  if (value === undefined || /^\/[^?#\s]*$/.test(value)) return value;
  problems.push(`${name} is a path that begins with /, given ${shown(value)}`);
  return undefined;
}
