import { MAX_PORT } from '../exporter/environment';
import { TRANSLATION_STRATEGIES } from '../exposition/names/translate';
import { isRequestPath } from '../http/router';
import type { WebConfig } from '../http/web-config';
import type { Catalog, HttpRequest } from '../instruments';
import { isObject } from '../is-object';
import { OTLP_PROTOCOLS } from '../otlp/protocols';
import { HISTOGRAM_AGGREGATIONS, TEMPORALITY_PREFERENCES } from '../otlp/selectors';
import { PROCESS_MODES } from '../processes/role';
import { parseResourceAttributes } from './resource';
import {
  integer,
  listOf,
  negated,
  object,
  oneOf,
  type Refuse,
  simple,
  splitList,
  url,
  type ValueType,
} from './value-types';

const EXPORTERS = ['prometheus', 'otlp', 'console', 'none'] as const;
const LOG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const;

const RUNTIME_METRICS = ['prom-client', 'opentelemetry', 'none'] as const;

/** Where metrics go. */
export type ExporterName = (typeof EXPORTERS)[number];
/** The names under which metrics of the process and of Node.js are recorded. */
export type RuntimeMetricsNames = (typeof RUNTIME_METRICS)[number];
/** The levels of OpenTelemetry's diagnostic logger. */
export type LogLevel = (typeof LOG_LEVELS)[number];

export const otlpProtocol = oneOf(...OTLP_PROTOCOLS);
export const temporality = oneOf(...TEMPORALITY_PREFERENCES);
export const histogramAggregation = oneOf(...HISTOGRAM_AGGREGATIONS);
export const exemplarFilter = oneOf('trace_based', 'always_on', 'always_off');
export const processMode = oneOf(...PROCESS_MODES);
export const logLevel = oneOf(...LOG_LEVELS);
export const translationStrategy = oneOf(...TRANSLATION_STRATEGIES);
export const runtimeMetrics = oneOf(...RUNTIME_METRICS);
export const port = integer(0, MAX_PORT);
const httpUrl = url('http', 'https');

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
  const isReserved = RESERVED_PATHS.some((route) => value === route || String(value).startsWith(`${route}/`));
  return isRequestPath(value) && !isReserved ? value : undefined;
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

/** Names of hosts, without ports. Invalid ones are reported and left out. */
export const hostList: ValueType<readonly string[]> = {
  expected: 'a list of host names without ports',
  parse: (value, refuse) => acceptHosts(splitList(value), refuse),
  check: (value, refuse) => (Array.isArray(value) ? acceptHosts(value, refuse) : void refuse(value)),
};

const HOST_NAME = /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i;

function acceptHosts(values: readonly unknown[], refuse: Refuse): readonly string[] {
  return values.filter((value): value is string => {
    const isHost = typeof value === 'string' && HOST_NAME.test(value);
    if (!isHost) refuse(value);
    return isHost;
  });
}

/** Names of HTTP methods. */
export const methodList: ValueType<readonly string[]> = simple<readonly string[]>(
  'a list of HTTP methods',
  (value) => splitList(value),
  (value) => (isStringList(value) ? value : undefined),
);

/** Paths of requests, or in code a function that selects requests. */
export const ignoredRequests: ValueType<readonly string[] | ((request: HttpRequest) => boolean)> = simple<
  readonly string[] | ((request: HttpRequest) => boolean)
>(
  'a list of paths that begin with /, where * at the end matches any rest, or in code a function',
  (value) => acceptPaths(splitList(value)),
  (value) => (typeof value === 'function' ? (value as (request: HttpRequest) => boolean) : acceptPaths(value)),
);

function acceptPaths(value: unknown): readonly string[] | undefined {
  return isStringList(value) && value.every((path) => path.startsWith('/')) ? value : undefined;
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** The URL of a trace. Other schemes than HTTP could run code on the page that links to it. */
export const traceUrl: ValueType<string> = simple(
  'an http or https URL that contains {trace_id}, such as http://localhost:16686/trace/{trace_id}',
  acceptTraceUrl,
  acceptTraceUrl,
);

function acceptTraceUrl(value: unknown): string | undefined {
  const isTraceUrl = typeof value === 'string' && value.includes('{trace_id}') && httpUrl.check(value, () => {});
  return isTraceUrl ? value : undefined;
}

/** The token of `Authorization: Bearer`. */
export const bearerToken: ValueType<string> = simple(
  'visible ASCII characters without blanks',
  acceptToken,
  acceptToken,
);

function acceptToken(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** Folders; in code one or a list. */
export const folderList: ValueType<readonly string[]> = simple<readonly string[]>(
  'a folder, or a list of folders',
  (value) => splitList(value),
  (value) => {
    const folders = typeof value === 'string' ? [value] : value;
    return isStringList(folders) && !folders.includes('') ? folders : undefined;
  },
);

const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Labels that the formats set themselves. */
const RESERVED_LABELS = ['le', 'quantile'];

/** Labels with their values. */
export const labels: ValueType<Readonly<Record<string, string>>> = simple<Readonly<Record<string, string>>>(
  'an object of label names and strings; in the environment percent-encoded pairs key=value, separated by commas',
  (value) => acceptLabels(parseResourceAttributes(value)),
  acceptLabels,
);

function acceptLabels(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value) || Array.isArray(value)) return undefined;
  const isLabel = ([name, text]: [string, unknown]) =>
    LABEL_NAME.test(name) && !RESERVED_LABELS.includes(name) && typeof text === 'string';
  return Object.entries(value).every(isLabel) ? (value as Readonly<Record<string, string>>) : undefined;
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
