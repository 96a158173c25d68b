import { dirname, resolve } from 'node:path';
import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import type { YamlMap } from '../yaml/yaml-map';
import { CLIENT_AUTH_TYPES, type CURVES, TLS_VERSIONS, type TlsConfig } from './tls-config';
import { type RateLimit, type WebConfig, WebConfigError, webConfigIssues } from './web-config';

const ROOT_KEYS = ['tls_server_config', 'http_server_config', 'basic_auth_users', 'auth_excluded_paths', 'rate_limit'];
const TLS_KEYS = [
  'cert',
  'key',
  'client_ca',
  'cert_file',
  'key_file',
  'client_auth_type',
  'client_ca_file',
  'client_allowed_sans',
  'min_version',
  'max_version',
  'cipher_suites',
  'prefer_server_cipher_suites',
  'curve_preferences',
];

/**
 * Reads a file in the format of Prometheus's `web-config.yml`. Relative paths in it are relative to the file. A file that is
 * empty, or that has a key or a value which is not accepted, is an error: what it was meant to protect must not be open.
 *
 * @throws WebConfigError listing every issue, with file, line and column
 */
export function readWebConfig(file: string): WebConfig {
  const issues: Issue[] = [];
  const root = new YamlFile(file, issues).root(ROOT_KEYS);
  const tls = root.map('tls_server_config', TLS_KEYS);
  const http = root.map('http_server_config', ['http2', 'headers']);
  // HTTP/2 is on by default in Go. Its clients speak HTTP/1.1 too, which is served here.
  http?.boolean('http2');
  const headers = http?.map('headers');
  const users = root.map('basic_auth_users');
  const rateLimit = root.map('rate_limit', ['interval', 'burst']);
  const config = defined<WebConfig>({
    tls: tls && readTls(tls, dirname(file)),
    headers: headers && texts(headers),
    basicAuthUsers: users && texts(users),
    authExcludedPaths: root.has('auth_excluded_paths') ? root.strings('auth_excluded_paths') : undefined,
    rateLimit: rateLimit && readRateLimit(rateLimit),
  });
  if (issues.length === 0) {
    const places = { tls_server_config: tls, headers, basic_auth_users: users, rate_limit: rateLimit };
    issues.push(...webConfigIssues(config, (keys) => locate(keys, root, places)));
  }
  if (issues.length > 0) throw new WebConfigError(issues);
  return config;
}

/** Returns the position and the name in the file of a value of the configuration. */
function locate(
  [first = '', second]: readonly string[],
  root: YamlMap,
  places: Readonly<Record<string, YamlMap | undefined>>,
): { path: string; name: string } {
  if (first === '') return { path: root.position(), name: 'the file' };
  const key = first === 'tls' ? 'tls_server_config' : snakeCase(first);
  const prefix = first === 'headers' ? 'http_server_config.headers' : key;
  if (second === undefined) return { path: places[key]?.position() ?? root.position(key), name: prefix };
  const own = first === 'tls' ? snakeCase(second) : first === 'rateLimit' && second !== 'burst' ? 'interval' : second;
  return { path: places[key]?.position(own) ?? root.position(key), name: `${prefix}.${own}` };
}

function readTls(map: YamlMap, folder: string): TlsConfig {
  map.boolean('prefer_server_cipher_suites');
  const path = (key: string) => {
    const text = map.optionalString(key);
    // An empty path would be the folder.
    return text === undefined || text === '' ? text : resolve(folder, text);
  };
  const list = (key: string) => (map.has(key) ? map.strings(key) : undefined);
  return defined<TlsConfig>({
    certFile: path('cert_file'),
    cert: map.optionalString('cert'),
    keyFile: path('key_file'),
    key: map.optionalString('key'),
    clientCaFile: path('client_ca_file'),
    clientCa: map.optionalString('client_ca'),
    clientAuthType: map.oneOf('client_auth_type', CLIENT_AUTH_TYPES),
    clientAllowedSans: list('client_allowed_sans'),
    minVersion: map.oneOf('min_version', TLS_VERSIONS),
    maxVersion: map.oneOf('max_version', TLS_VERSIONS),
    cipherSuites: list('cipher_suites'),
    curvePreferences: list('curve_preferences') as (typeof CURVES)[number][] | undefined,
  });
}

/** An interval of 0 disables the limit, as in the exporter toolkit. */
function readRateLimit(map: YamlMap): RateLimit | undefined {
  const text = map.text('interval') ?? '0';
  const intervalMillis = parseDuration(text);
  if (Number.isNaN(intervalMillis)) map.invalid('interval', 'a duration such as 10ms, 1s or 1m30s');
  const burst = map.number('burst') ?? 0;
  return intervalMillis > 0 ? { intervalMillis, burst } : undefined;
}

const UNIT_MILLIS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Returns the milliseconds of a Prometheus duration; NaN for anything else. */
function parseDuration(text: string): number {
  if (text === '0') return 0;
  if (!/^(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text) || text === '') return Number.NaN;
  let millis = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+)(ms|[smhd])/g)) {
    millis += Number(amount) * (UNIT_MILLIS[unit] ?? Number.NaN);
  }
  return millis;
}

function texts(map: YamlMap): Record<string, string> {
  return Object.fromEntries(map.keys().map((key) => [key, map.text(key) ?? '']));
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Returns an object without the keys that are undefined. */
function defined<T>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
