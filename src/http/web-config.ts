import { randomUUID } from 'node:crypto';
import { validateHeaderValue } from 'node:http';
import { getCiphers } from 'node:tls';
import { type Issue, IssueError, printable } from '../issues';
import { CLIENT_AUTH_TYPES, CURVES, openSslCipher, TLS_VERSIONS, type TlsConfig } from './tls-config';

/**
 * Who may send requests to a server, and over what. The fields are those of Prometheus's `web-config.yml` (exporter-toolkit,
 * "Web configuration"), and a bearer token.
 */
export interface WebConfig {
  /** TLS. Plain HTTP by default. */
  readonly tls?: TlsConfig | undefined;
  /** Bcrypt hashes of passwords by user, as `htpasswd -nBC 10` makes them. No basic authentication by default. */
  readonly basicAuthUsers?: Readonly<Record<string, string>> | undefined;
  /** A token that is accepted as `Authorization: Bearer`: one or more visible ASCII characters. None by default. */
  readonly bearerToken?: string | undefined;
  /** Paths that need no authentication, such as `/health`. None by default. */
  readonly authExcludedPaths?: readonly string[] | undefined;
  /**
   * Security headers of responses: `Content-Security-Policy`, `X-Frame-Options` (`deny` or `sameorigin`),
   * `X-Content-Type-Options` (`nosniff`), `X-XSS-Protection` and `Strict-Transport-Security`. A line break counts as a
   * space, a blank value as none. A page that sets its own Content-Security-Policy keeps it.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The rate of requests, over all clients. Unlimited by default. Health probes are not limited. */
  readonly rateLimit?: RateLimit | undefined;
}

/** A token bucket: `burst` requests at once, and one more every `intervalMillis`. */
export interface RateLimit {
  /** Milliseconds, above 0. */
  readonly intervalMillis: number;
  /** A whole number above 0. */
  readonly burst: number;
}

/** A web configuration cannot be used. Lists every issue. The server that it is for must stay closed. */
export class WebConfigError extends IssueError {
  override readonly name = 'WebConfigError';
}

/** Returns where a value of a web configuration is. @param keys the path to it, such as `['tls', 'certFile']` */
export type Locate = (keys: readonly string[]) => {
  /** The `path` of the issue. */
  readonly path: string;
  /** What a message calls the value. */
  readonly name: string;
};

/**
 * Checks a web configuration that was given in code.
 *
 * @param option the option that holds it, such as `prometheus.web`
 * @throws WebConfigError listing every issue
 */
export function checkWebConfig(config: WebConfig, option: string): void {
  const issues = webConfigIssues(config, (keys) => {
    const name = [option, ...keys].join('.');
    return { path: name, name };
  });
  if (issues.length > 0) throw new WebConfigError(issues);
}

/** Returns a configuration that refuses every user, for a server whose own configuration cannot be used. */
export function closedWebConfig(): WebConfig {
  return { bearerToken: randomUUID() };
}

/** Returns what is wrong with a web configuration. */
export function webConfigIssues(config: WebConfig, locate: Locate): Issue[] {
  const check = new WebConfigCheck(locate);
  check.config(config);
  return check.issues;
}

/** Returns a header value on one line, as Go sends it: line breaks become spaces. */
export function headerValue(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').trim();
}

const KEYS: readonly (keyof WebConfig)[] = [
  'tls',
  'basicAuthUsers',
  'bearerToken',
  'authExcludedPaths',
  'headers',
  'rateLimit',
];
/** The headers that can be configured, and their accepted values where these are fixed. */
const HEADERS: ReadonlyMap<string, readonly string[] | undefined> = new Map([
  ['Content-Security-Policy', undefined],
  ['X-Frame-Options', ['deny', 'sameorigin']],
  ['X-Content-Type-Options', ['nosniff']],
  ['X-XSS-Protection', undefined],
  ['Strict-Transport-Security', undefined],
]);
const BCRYPT = /^\$2[abxy]?\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

/** The rules for a web configuration. Values may come from JavaScript, so none has the type that is declared for certain. */
class WebConfigCheck {
  readonly issues: Issue[] = [];

  constructor(private readonly locate: Locate) {}

  config(config: WebConfig): void {
    if (!isRecord(config)) {
      this.invalid([], config, 'an object');
      return;
    }
    this.unknown([], Object.keys(config), KEYS);
    if (KEYS.every((key) => config[key] === undefined)) {
      this.add('missing_value', [], (name) => `${name} configures nothing: expected one of ${KEYS.join(', ')}`);
    }
    const { basicAuthUsers, bearerToken, authExcludedPaths, headers, rateLimit, tls } = config;
    if (tls !== undefined) this.tls(tls);
    if (basicAuthUsers !== undefined) this.users(basicAuthUsers);
    if (bearerToken !== undefined && !(typeof bearerToken === 'string' && /^[\x21-\x7e]+$/.test(bearerToken))) {
      // The value is a secret, so it is not shown.
      this.invalid(['bearerToken'], undefined, 'one or more visible ASCII characters without spaces');
    }
    if (authExcludedPaths !== undefined) this.paths(authExcludedPaths);
    if (headers !== undefined) this.headers(headers);
    if (rateLimit !== undefined) this.rateLimit(rateLimit);
  }

  private users(users: unknown): void {
    if (!isRecord(users) || Object.keys(users).length === 0) {
      this.invalid(['basicAuthUsers'], users, 'at least one user and a bcrypt hash of the password');
      return;
    }
    for (const [user, hash] of Object.entries(users)) {
      if (user === '' || /[:\p{Cc}]/u.test(user)) this.invalid(['basicAuthUsers'], user, 'user names without a colon');
      if (typeof hash !== 'string' || !BCRYPT.test(hash)) {
        this.invalid(['basicAuthUsers', user], undefined, 'a bcrypt hash, as "htpasswd -nBC 10 USER" makes it');
      }
    }
  }

  private paths(paths: unknown): void {
    if (!Array.isArray(paths)) {
      this.invalid(['authExcludedPaths'], paths, 'a list of paths');
      return;
    }
    for (const path of paths) {
      if (typeof path !== 'string' || !path.startsWith('/')) {
        this.invalid(['authExcludedPaths'], path, 'paths that begin with /');
      }
    }
  }

  private headers(headers: unknown): void {
    if (!isRecord(headers)) {
      this.invalid(['headers'], headers, 'an object');
      return;
    }
    this.unknown(['headers'], Object.keys(headers), [...HEADERS.keys()]);
    for (const [name, value] of Object.entries(headers)) {
      const accepted = HEADERS.get(name);
      if (typeof value !== 'string') {
        this.invalid(['headers', name], value, 'a string');
        continue;
      }
      const text = headerValue(value);
      if (text === '') continue;
      if (accepted !== undefined && !accepted.includes(text.toLowerCase())) {
        this.invalid(['headers', name], value, `one of ${accepted.join(', ')}`);
      } else if (!isHeaderValue(name, text)) {
        this.invalid(['headers', name], value, 'characters that a header may have (RFC 9110, 5.5)');
      }
    }
  }

  private rateLimit(limit: unknown): void {
    const { intervalMillis, burst, ...others } = isRecord(limit) ? limit : {};
    this.unknown(['rateLimit'], Object.keys(others), ['intervalMillis', 'burst']);
    if (!(Number.isFinite(intervalMillis) && (intervalMillis as number) > 0)) {
      this.invalid(['rateLimit', 'intervalMillis'], intervalMillis, 'a time above 0');
    }
    if (!(Number.isInteger(burst) && (burst as number) > 0)) {
      this.invalid(['rateLimit', 'burst'], burst, 'a whole number above 0');
    }
  }

  private tls(tls: unknown): void {
    if (!isRecord(tls)) {
      this.invalid(['tls'], tls, 'an object');
      return;
    }
    const { clientAuthType = 'NoClientCert' } = tls;
    const hasClientCa = tls.clientCaFile !== undefined || tls.clientCa !== undefined;
    for (const [file, inline] of [
      ['certFile', 'cert'],
      ['keyFile', 'key'],
      ['clientCaFile', 'clientCa'],
    ] as const) {
      for (const key of [file, inline]) {
        const value = tls[key];
        if (value !== undefined && (typeof value !== 'string' || value === '')) {
          this.invalid(['tls', key], key === file ? value : undefined, 'a string that is not empty');
        }
      }
      const given = [file, inline].filter((key) => tls[key] !== undefined).length;
      const isRequired = file !== 'clientCaFile';
      if (given === 2 || (given === 0 && isRequired)) {
        const { name } = this.locate(['tls', inline]);
        this.add(given === 0 ? 'missing_value' : 'conflict', ['tls', file], (own) =>
          given === 0 ? `${own} is missing` : `${own} and ${name} exclude each other: give one of them`,
        );
      }
    }
    this.oneOf(['tls', 'clientAuthType'], clientAuthType, CLIENT_AUTH_TYPES);
    this.oneOf(['tls', 'minVersion'], tls.minVersion ?? 'TLS12', TLS_VERSIONS);
    this.oneOf(['tls', 'maxVersion'], tls.maxVersion ?? 'TLS13', TLS_VERSIONS);
    if (String(clientAuthType).includes('Verify') && !hasClientCa) {
      this.add('missing_value', ['tls', 'clientCaFile'], (name) => `${name} is missing: ${clientAuthType} needs it`);
    }
    if (hasClientCa && clientAuthType === 'NoClientCert') {
      this.invalid(['tls', 'clientAuthType'], clientAuthType, 'another type, because there is a client CA');
    }
    this.list(['tls', 'clientAllowedSans'], tls.clientAllowedSans, 'names', () => true);
    this.list(['tls', 'curvePreferences'], tls.curvePreferences, `curves of ${CURVES.join(', ')}`, (curve) =>
      (CURVES as readonly string[]).includes(curve),
    );
    this.list(['tls', 'cipherSuites'], tls.cipherSuites, 'cipher suites that this Node.js knows', (suite) =>
      getCiphers().includes(openSslCipher(suite).toLowerCase()),
    );
  }

  private oneOf(keys: readonly string[], value: unknown, accepted: readonly string[]): void {
    if (!accepted.includes(value as string)) this.invalid(keys, value, `one of ${accepted.join(', ')}`);
  }

  private list(keys: readonly string[], list: unknown, expected: string, accepts: (item: string) => boolean): void {
    if (list === undefined) return;
    if (!Array.isArray(list)) {
      this.invalid(keys, list, `a list of ${expected}`);
      return;
    }
    for (const item of list) if (typeof item !== 'string' || !accepts(item)) this.invalid(keys, item, expected);
  }

  private unknown(keys: readonly string[], given: readonly string[], accepted: readonly string[]): void {
    for (const key of given) {
      if (accepted.includes(key)) continue;
      const expected = `one of ${accepted.join(', ')}`;
      this.add('unknown_key', [...keys, key], (name) => `unknown ${name}: expected ${expected}`, expected);
    }
  }

  /** @param received undefined leaves the value out, such as a secret */
  private invalid(keys: readonly string[], received: unknown, expected: string): void {
    const text = received === undefined ? '' : ` ${printable(received)}`;
    this.add('invalid_value', keys, (name) => `invalid ${name}${text}: expected ${expected}`, expected);
  }

  private add(code: string, keys: readonly string[], message: (name: string) => string, expected?: string): void {
    const { path, name } = this.locate(keys);
    const prefix = path === name ? '' : `${path}: `;
    this.issues.push({ code, path, ...(expected && { expected }), message: `${prefix}${message(name)}` });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isHeaderValue(name: string, value: string): boolean {
  try {
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
