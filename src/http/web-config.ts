import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { getCiphers } from 'node:tls';
import { shown } from '../diagnostics';

const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
const TLS_VERSIONS = ['TLS10', 'TLS11', 'TLS12', 'TLS13'] as const;
const CURVES = ['CurveP256', 'CurveP384', 'CurveP521', 'X25519'] as const;
const HEADERS = [
  'Content-Security-Policy',
  'X-Frame-Options',
  'X-Content-Type-Options',
  'X-XSS-Protection',
  'Strict-Transport-Security',
] as const;

export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/**
 * Who may ask a metrics server, and over what. The fields are those of Prometheus's `web-config.yml` (exporter-toolkit,
 * "Web configuration"), and a bearer token beside them.
 */
export interface WebConfig {
  readonly tls?: TlsConfig;
  /** Bcrypt hashes of passwords by user, as `htpasswd -nBC 10` makes them. */
  readonly basicAuthUsers?: Readonly<Record<string, string>>;
  /** A token that is accepted as `Authorization: Bearer`. */
  readonly bearerToken?: string;
  /** Paths that need no authentication, such as `/health`. */
  readonly authExcludedPaths?: readonly string[];
  /** Security headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** TLS of a metrics server. Files are read again when they change. */
export interface TlsConfig {
  readonly certFile: string;
  readonly keyFile: string;
  /** Certificates of the authorities whose client certificates are accepted. */
  readonly clientCaFile?: string;
  /** `NoClientCert` unless given. */
  readonly clientAuthType?: ClientAuthType;
  /** Subject alternative names of which a client's certificate must have one. Any, unless given. */
  readonly clientAllowedSans?: readonly string[];
  /** `TLS12` unless given. */
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** Names as IANA and Go write them, such as `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`. */
  readonly cipherSuites?: readonly string[];
  readonly curvePreferences?: readonly (typeof CURVES)[number][];
}

/** A web configuration that is not accepted. Lists everything that is wrong. */
export class WebConfigError extends Error {
  override readonly name = 'WebConfigError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Reads a file in the format of `web-config.yml`. Paths in it are relative to it.
 *
 * @throws WebConfigError naming the file, the line, what was given and what is accepted
 */
export function readWebConfig(file: string): WebConfig {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new WebConfigError([`${file} cannot be read: ${(error as Error).message}`]);
  }
  // Loaded here, because few apps have such a file.
  const { LineCounter, parseDocument } = require('yaml') as typeof import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line } = lines.linePos(fault.pos[0]);
    throw new WebConfigError([`${file}:${line}: ${fault.message.split('\n')[0]}`]);
  }
  const problems: string[] = [];
  const root = new Section(document.toJS() ?? {}, '', (path, problem) => {
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    const { line } = lines.linePos(node?.range?.[0] ?? 0);
    problems.push(`${file}:${line}: ${problem}`);
  });
  const folder = dirname(file);
  root.only(['tls_server_config', 'http_server_config', 'basic_auth_users', 'auth_excluded_paths']);
  const tls = tlsOf(root.section('tls_server_config'), folder);
  const http = root.section('http_server_config');
  http?.only(['http2', 'headers']);
  // HTTP/2 is on by default there; a client that speaks it speaks HTTP/1.1 too, which is served here.
  http?.boolean('http2');
  const headers = http?.texts('headers');
  const users = root.texts('basic_auth_users');
  const excluded = root.list('auth_excluded_paths');
  if (problems.length > 0) throw new WebConfigError(problems);
  const config: WebConfig = {
    ...(tls === undefined ? {} : { tls }),
    ...(headers === undefined ? {} : { headers }),
    ...(users === undefined ? {} : { basicAuthUsers: users }),
    ...(excluded === undefined ? {} : { authExcludedPaths: excluded }),
  };
  checkWebConfig(config, file);
  return config;
}

/**
 * Checks what no type can: hashes, headers, names of ciphers, and that clients can be verified where they are to be.
 *
 * @param source what the problems name as their place
 * @throws WebConfigError
 */
export function checkWebConfig(config: WebConfig, source: string): void {
  const problems: string[] = [];
  const refuse = (what: string, accepted: string, given: unknown) =>
    problems.push(`${source}: ${what} is ${accepted}, given ${shown(given)}`);
  for (const [user, hash] of Object.entries(config.basicAuthUsers ?? {})) {
    if (!BCRYPT.test(hash)) problems.push(`${source}: the password of user ${shown(user)} is not a bcrypt hash`);
    if (user === '' || user.includes(':')) refuse('a user of basic auth', 'a name without a colon', user);
  }
  if (config.bearerToken !== undefined && !/^[\x21-\x7e]+$/.test(config.bearerToken)) {
    problems.push(`${source}: a bearer token has one or more visible characters and no blanks`);
  }
  for (const header of Object.keys(config.headers ?? {})) {
    if (!(HEADERS as readonly string[]).includes(header)) refuse('a header', `one of ${HEADERS.join(', ')}`, header);
  }
  for (const path of config.authExcludedPaths ?? []) {
    if (!path.startsWith('/')) refuse('a path without authentication', 'a path that begins with /', path);
  }
  const { tls } = config;
  if (tls !== undefined) {
    const verifies = /Verify/.test(tls.clientAuthType ?? '');
    if (verifies && tls.clientCaFile === undefined)
      problems.push(`${source}: ${tls.clientAuthType} needs client_ca_file`);
    if (tls.clientCaFile !== undefined && (tls.clientAuthType ?? 'NoClientCert') === 'NoClientCert') {
      problems.push(`${source}: client_ca_file needs a client_auth_type other than NoClientCert`);
    }
    for (const suite of tls.cipherSuites ?? []) {
      if (!getCiphers().includes(openSslCipher(suite).toLowerCase())) {
        refuse('a cipher suite', 'one that this Node.js knows', suite);
      }
    }
  }
  if (problems.length > 0) throw new WebConfigError(problems);
}

const BCRYPT = /^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/;

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` as OpenSSL calls it, `ECDHE-RSA-AES128-GCM-SHA256`. Those of TLS 1.3 keep their names. */
export function openSslCipher(suite: string): string {
  if (!suite.includes('_WITH_')) return suite;
  return suite
    .replace(/^TLS_(RSA_WITH_)?/, '')
    .replace('_WITH_', '_')
    .replace(/AES_(\d+)/, 'AES$1')
    .replace('_CBC', '')
    .replace('POLY1305_SHA256', 'POLY1305')
    .replaceAll('_', '-');
}

function tlsOf(section: Section | undefined, folder: string): TlsConfig | undefined {
  if (section === undefined) return undefined;
  section.only([
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
  ]);
  section.boolean('prefer_server_cipher_suites');
  const path = (text: string | undefined) => (text === undefined ? undefined : resolve(folder, text));
  const optional = {
    clientCaFile: path(section.text('client_ca_file')),
    clientAuthType: section.oneOf('client_auth_type', CLIENT_AUTH_TYPES),
    clientAllowedSans: section.list('client_allowed_sans'),
    minVersion: section.oneOf('min_version', TLS_VERSIONS),
    maxVersion: section.oneOf('max_version', TLS_VERSIONS),
    cipherSuites: section.list('cipher_suites'),
    curvePreferences: section.listOf('curve_preferences', CURVES),
  };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return {
    certFile: path(section.required('cert_file')) ?? '',
    keyFile: path(section.required('key_file')) ?? '',
    ...(given as Partial<TlsConfig>),
  };
}

/** A mapping of the file, whose values are taken by type; what does not fit is reported. */
class Section {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(
    values: unknown,
    private readonly path: string,
    private readonly report: (path: readonly string[], problem: string) => void,
  ) {
    const isMapping = typeof values === 'object' && values !== null && !Array.isArray(values);
    if (!isMapping) this.report(this.keys(), `${path || 'the file'} is a mapping, given ${shown(values)}`);
    this.values = isMapping ? (values as Record<string, unknown>) : {};
  }

  only(accepted: readonly string[]): void {
    for (const key of Object.keys(this.values)) {
      if (!accepted.includes(key)) this.refuse(key, `is unknown; accepted: ${accepted.join(', ')}`);
    }
  }

  section(key: string): Section | undefined {
    const value = this.values[key];
    return value === undefined || value === null ? undefined : new Section(value, this.place(key), this.report);
  }

  text(key: string): string | undefined {
    const value = this.values[key];
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
    this.refuse(key, `is a string, given ${shown(value)}`);
    return undefined;
  }

  required(key: string): string | undefined {
    const text = this.text(key);
    if (text === undefined || text === '') this.report(this.keys(), `${this.place(key)} is missing`);
    return text;
  }

  boolean(key: string): void {
    const value = this.values[key];
    if (value !== undefined && typeof value !== 'boolean') this.refuse(key, `is true or false, given ${shown(value)}`);
  }

  oneOf<T extends string>(key: string, accepted: readonly T[]): T | undefined {
    const text = this.text(key);
    const found = accepted.find((value) => value === text);
    if (text !== undefined && text !== '' && found === undefined) {
      this.refuse(key, `is one of ${accepted.join(', ')}, given ${shown(text)}`);
    }
    return found;
  }

  list(key: string): string[] | undefined {
    const value = this.values[key];
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    this.refuse(key, `is a list of strings, given ${shown(value)}`);
    return undefined;
  }

  listOf<T extends string>(key: string, accepted: readonly T[]): T[] | undefined {
    const items = this.list(key);
    const known = (item: string): item is T => accepted.some((value) => value === item);
    for (const item of items ?? []) {
      if (!known(item)) this.refuse(key, `holds ${accepted.join(', ')}, given ${shown(item)}`);
    }
    return items?.filter(known);
  }

  texts(key: string): Record<string, string> | undefined {
    const section = this.section(key);
    if (section === undefined) return undefined;
    return Object.fromEntries(Object.keys(section.values).map((name) => [name, section.text(name) ?? '']));
  }

  private refuse(key: string, problem: string): void {
    this.report([...this.keys(), key], `${this.place(key)} ${problem}`);
  }

  private place(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  private keys(): string[] {
    return this.path === '' ? [] : this.path.split('.');
  }
}
