import { MAX_PORT } from '../exporter/environment';
import { TRANSLATION_STRATEGIES } from '../exposition/names/translate';
import type { WebConfig } from '../http/web-config';
import type { Catalog } from '../instruments';
import { integer, isObject, listOf, negated, object, oneOf, type Refuse, simple, type ValueType } from './value-types';

const EXPORTERS = ['prometheus', 'otlp', 'console', 'none'] as const;
const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
const TEMPORALITIES = ['cumulative', 'delta', 'lowmemory'] as const;
const HISTOGRAM_AGGREGATIONS = ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] as const;
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

export const otlpProtocol = oneOf(...OTLP_PROTOCOLS);
export const temporality = oneOf(...TEMPORALITIES);
export const histogramAggregation = oneOf(...HISTOGRAM_AGGREGATIONS);
export const exemplarFilter = oneOf('trace_based', 'always_on', 'always_off');
export const logLevel = oneOf(...LOG_LEVELS);
export const translationStrategy = oneOf(...TRANSLATION_STRATEGIES);
export const port = integer(0, MAX_PORT);

/** The exporters; `none` together with others is refused and left out. */
export const exporterList: ValueType<readonly ExporterName[]> = {
  expected: `a list of ${EXPORTERS.join(', ')}, where none is the only one`,
  parse: (value, refuse) => refuseNoneWithOthers(listOf(...EXPORTERS).parse(value, refuse), refuse),
  check: (value, refuse) => refuseNoneWithOthers(listOf(...EXPORTERS).check(value, refuse), refuse),
};

function refuseNoneWithOthers(
  exporters: readonly ExporterName[] | undefined,
  refuse: Refuse,
): readonly ExporterName[] | undefined {
  if (exporters === undefined || exporters.length < 2 || !exporters.includes('none')) return exporters;
  refuse(exporters.join(','));
  return exporters.filter((name) => name !== 'none');
}

/** The paths of the other routes of a server; what is below them belongs to them. */
const RESERVED_PATHS = ['/health', '/ready', '/dashboard'];

/** The path of an endpoint. */
export const path: ValueType<string> = simple(
  `a percent-encoded path that begins with / and is not ${RESERVED_PATHS.join(', ')}`,
  acceptPath,
  acceptPath,
);

function acceptPath(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('/')) return undefined;
  if (RESERVED_PATHS.some((route) => value === route || value.startsWith(`${route}/`))) return undefined;
  const url = `http://localhost${value}`;
  return URL.canParse(url) && new URL(url).href === url && !/[?#]/.test(value) ? value : undefined;
}

/** Host names, as a `Host` header has them without a port. */
export const hostNames: ValueType<readonly string[]> = simple(
  'a list of host names; in the environment separated by commas',
  (value) => acceptHostNames(value.split(',').map((name) => name.trim())),
  acceptHostNames,
);

function acceptHostNames(value: unknown): readonly string[] | undefined {
  const isHostName = (name: unknown) => typeof name === 'string' && /^[\w-]+(\.[\w-]+)*$/.test(name);
  return Array.isArray(value) && value.every(isHostName) ? value : undefined;
}

/** A switch of a group of options: the group itself enables it. */
export const enabledOrOptions: ValueType<boolean> = {
  ...negated,
  expected: `${negated.expected}, or in code an object of options`,
  check: (value, refuse) => isObject(value) || negated.check(value, refuse),
};

/** A file in the format of `web-config.yml`; its content is checked when it is read. */
export const webConfig: ValueType<WebConfig | string> = simple<WebConfig | string>(
  'the path of a web-config.yml file, or in code an object',
  (value) => value,
  (value) => (isObject(value) || (typeof value === 'string' && value !== '') ? (value as WebConfig) : undefined),
);

/** The token of `Authorization: Bearer`. */
export const bearerToken: ValueType<string> = simple(
  'visible ASCII characters without blanks',
  acceptToken,
  acceptToken,
);

function acceptToken(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

export const catalogList = object<readonly Catalog[]>(
  'a list of catalogs',
  (value) =>
    Array.isArray(value) && value.every((item) => isObject(item) && isObject((item as Partial<Catalog>).metrics)),
);

/** A list of objects that are not checked further. */
export function objectList<T>(what: string): ValueType<readonly T[]> {
  return object(`a list of ${what}`, (value) => Array.isArray(value) && value.every(isObject));
}

/** A function of a type that cannot be checked. */
export function functionOf<T>(): ValueType<T> {
  return object('a function', (value) => typeof value === 'function');
}
