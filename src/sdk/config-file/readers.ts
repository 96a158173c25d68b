import type { OtlpConnection } from '../../otlp/otlp-exporter';
import { HISTOGRAM_AGGREGATIONS } from '../../otlp/selectors';
import type { YamlMap } from '../../yaml/yaml-map';
import { parseResourceAttributes } from '../resource';
import type { FileSettings } from './file-settings';

const PERIODIC_KEYS = [
  'interval',
  'timeout',
  'max_export_batch_size/development',
  'exporter',
  'producers',
  'cardinality_limits',
];
const PROMETHEUS_KEYS = [
  'host',
  'port',
  'scope_info_enabled',
  'target_info_enabled/development',
  'resource_constant_labels',
  'translation_strategy',
];
const OTLP_KEYS = [
  'endpoint',
  'tls',
  'headers',
  'headers_list',
  'compression',
  'max_request_size',
  'max_response_size',
  'timeout',
  'temporality_preference',
  'default_histogram_aggregation',
];
const TEMPORALITIES = { cumulative: 'cumulative', delta: 'delta', low_memory: 'lowmemory' } as const;
const STRATEGIES = {
  underscore_escaping_with_suffixes: 'UnderscoreEscapingWithSuffixes',
  'underscore_escaping_without_suffixes/development': 'UnderscoreEscapingWithoutSuffixes',
  'no_utf8_escaping_with_suffixes/development': 'NoUTF8EscapingWithSuffixes',
  'no_translation/development': 'NoTranslation',
} as const;
const INSTRUMENT_LIMITS = [
  'counter',
  'gauge',
  'histogram',
  'observable_counter',
  'observable_gauge',
  'observable_up_down_counter',
  'up_down_counter',
];

/** Adds the settings of `meter_provider.readers`: one reader for Prometheus, one for OTLP and one for the console. */
export function readReaders(meterProvider: YamlMap, settings: FileSettings): void {
  const exporters = new Set<'prometheus' | 'otlp' | 'console'>();
  /** Reports a second reader of a kind. */
  const add = (name: 'prometheus' | 'otlp' | 'console', reader: YamlMap, key: string) => {
    if (exporters.has(name)) reader.unsupported(key);
    const isFirst = !exporters.has(name);
    exporters.add(name);
    return isFirst;
  };
  for (const reader of meterProvider.list('readers', ['pull', 'periodic'])) {
    const pull = reader.map('pull', ['exporter', 'producers', 'cardinality_limits']);
    const prometheus = pull
      ?.map('exporter', ['prometheus/development'])
      ?.map('prometheus/development', PROMETHEUS_KEYS);
    if (pull !== undefined) readCommon(pull, settings);
    if (prometheus !== undefined && add('prometheus', reader, 'pull')) readPrometheus(prometheus, settings);
    const periodic = reader.map('periodic', PERIODIC_KEYS);
    if (periodic !== undefined) readPeriodic(periodic, settings, (name) => add(name, reader, 'periodic'));
  }
  settings.exporters = exporters.size === 0 ? ['none'] : [...exporters];
}

function readCommon(reader: YamlMap, settings: FileSettings): void {
  if (reader.has('producers')) reader.unsupported('producers');
  const limits = reader.map('cardinality_limits', ['default', ...INSTRUMENT_LIMITS]);
  for (const key of INSTRUMENT_LIMITS) if (limits?.has(key)) limits.unsupported(key);
  // The engine has one limit for all readers.
  settings.cardinalityLimit ??= limits?.integer('default', 2);
}

function readPrometheus(prometheus: YamlMap, settings: FileSettings): void {
  const labels = prometheus.map('resource_constant_labels', ['included', 'excluded']);
  const strategy = prometheus.oneOf('translation_strategy', keysOf(STRATEGIES));
  settings['prometheus.host'] = prometheus.optionalString('host');
  settings['prometheus.port'] = prometheus.integer('port', 0, 65_535);
  settings['prometheus.scopeInfoEnabled'] = prometheus.boolean('scope_info_enabled');
  settings['prometheus.targetInfoEnabled'] = prometheus.boolean('target_info_enabled/development');
  if (strategy !== undefined) settings['prometheus.translationStrategy'] = STRATEGIES[strategy];
  if (labels === undefined) return;
  settings['prometheus.resourceConstantLabels'] = {
    ...(labels.has('included') ? { included: labels.strings('included') } : {}),
    excluded: labels.strings('excluded'),
  };
}

function readPeriodic(periodic: YamlMap, settings: FileSettings, add: (name: 'otlp' | 'console') => boolean): void {
  const name = 'max_export_batch_size/development';
  if (periodic.has(name)) periodic.unsupported(name);
  readCommon(periodic, settings);
  const exporter = periodic.map('exporter', ['otlp_http', 'otlp_grpc', 'otlp_file/development', 'console']);
  if (exporter?.has('otlp_file/development')) exporter.unsupported('otlp_file/development');
  const http = exporter?.map('otlp_http', [...OTLP_KEYS, 'encoding']);
  const grpc = exporter?.map('otlp_grpc', OTLP_KEYS);
  const otlp = http ?? grpc;
  const isUsed = otlp === undefined ? exporter?.has('console') === true && add('console') : add('otlp');
  if (!isUsed) return;
  const timeout = periodic.integer('timeout', 0);
  settings.exportIntervalMillis ??= periodic.integer('interval', 1);
  settings.exportTimeoutMillis ??= timeout;
  if (otlp === undefined) return;
  const temporality = otlp.oneOf('temporality_preference', keysOf(TEMPORALITIES));
  const isJson = http?.oneOf('encoding', ['protobuf', 'json']) === 'json';
  settings.otlpProtocol = grpc !== undefined ? 'grpc' : isJson ? 'http/json' : 'http/protobuf';
  settings.otlpTemporality = TEMPORALITIES[temporality ?? 'cumulative'];
  settings.otlpHistogramAggregation = otlp.oneOf('default_histogram_aggregation', HISTOGRAM_AGGREGATIONS);
  settings.otlpConnection = readConnection(otlp, grpc !== undefined);
}

/** What the file leaves open has the default of the file format, whatever the variables of the exporters say. */
function readConnection(otlp: YamlMap, isGrpc: boolean): OtlpConnection {
  for (const key of ['max_request_size', 'max_response_size', ...(isGrpc ? ['tls', 'headers', 'headers_list'] : [])]) {
    if (otlp.has(key)) otlp.unsupported(key);
  }
  const endpoint = isGrpc ? 'http://localhost:4317' : 'http://localhost:4318/v1/metrics';
  const common = {
    url: otlp.optionalString('endpoint') ?? endpoint,
    timeoutMillis: otlp.integer('timeout', 0) || 10_000,
    compression: otlp.oneOf('compression', ['none', 'gzip']) ?? 'none',
  };
  if (isGrpc) return common;
  const tls = otlp.map('tls', ['ca_file', 'key_file', 'cert_file']);
  return {
    ...common,
    headers: readHeaders(otlp),
    tls: {
      caFile: tls?.optionalString('ca_file'),
      keyFile: tls?.optionalString('key_file'),
      certFile: tls?.optionalString('cert_file'),
    },
  };
}

function readHeaders(otlp: YamlMap): Record<string, string> {
  const text = otlp.optionalString('headers_list');
  const listed = text === undefined ? {} : parseResourceAttributes(text);
  if (listed === undefined) otlp.invalid('headers_list', 'pairs key=value, separated by commas');
  const pairs = otlp.list('headers', ['name', 'value']).filter((pair) => pair.has('value'));
  return {
    ...(listed as Record<string, string> | undefined),
    ...Object.fromEntries(pairs.map((pair) => [pair.string('name'), pair.text('value') ?? ''])),
  };
}

function keysOf<T extends object>(values: T): readonly (keyof T & string)[] {
  return Object.keys(values) as (keyof T & string)[];
}
