import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebConfigError } from '../../src/http/web-config';
import { readWebConfig } from '../../src/http/web-config-file';

const HASH = hashSync('x', 4);
let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'web-config-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(source: string) {
  writeFileSync(file('config.yml'), source);
  return readWebConfig(file('config.yml'));
}

/** Returns the issues of a faulty file as `line:column code`. */
function issuesOf(source: string): string[] {
  try {
    read(source);
  } catch (error) {
    if (!(error instanceof WebConfigError)) throw error;
    for (const { message, path } of error.issues) expect(message.startsWith(`${path}: `), message).toBe(true);
    return error.issues.map(({ code, path }) => `${path.replace(`${file('config.yml')}:`, '')} ${code}`);
  }
  return [];
}

describe('readWebConfig', () => {
  it('reads everything that the exporter toolkit documents, with paths relative to the file', () => {
    const source = `tls_server_config:
  cert_file: a.crt
  key_file: /b.key
  client_ca_file: c.crt
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [a.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: true
  curve_preferences: [X25519]
http_server_config:
  http2: true
  headers:
    X-Frame-Options: deny
    X-XSS-Protection: 0
basic_auth_users:
  alice: &hash ${HASH}
  bob: *hash
  007: *hash
auth_excluded_paths: [/health]
rate_limit:
  interval: 1m1s500ms
  burst: 20
`;
    expect(read(source)).toEqual({
      tls: {
        certFile: file('a.crt'),
        keyFile: '/b.key',
        clientCaFile: file('c.crt'),
        clientAuthType: 'RequireAndVerifyClientCert',
        clientAllowedSans: ['a.example'],
        minVersion: 'TLS12',
        maxVersion: 'TLS13',
        cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
        curvePreferences: ['X25519'],
      },
      headers: { 'X-Frame-Options': 'deny', 'X-XSS-Protection': '0' },
      basicAuthUsers: { alice: HASH, bob: HASH, '007': HASH },
      authExcludedPaths: ['/health'],
      rateLimit: { intervalMillis: 61_500, burst: 20 },
    });
  });

  it('reads a certificate and a key that are in the file itself', () => {
    expect(read('tls_server_config:\n  cert: C\n  key: K\n').tls).toEqual({ cert: 'C', key: 'K' });
  });

  it.each<[string, string, string[]]>([
    ['is empty', '', ['1:1 missing_value']],
    ['has comments alone', '# nothing\n', ['1:1 missing_value']],
    ['has an empty mapping', '{}', ['1:1 missing_value']],
    ['configures HTTP/2 alone', 'http_server_config:\n  http2: false\n', ['1:1 missing_value']],
    ['is a list', '- a\n', ['1:1 invalid_value']],
    ['has a misspelt section', 'basic_auth_user:\n  a: b\n', ['1:1 unknown_key']],
    ['has a section without a value', 'basic_auth_users:\n', ['1:18 invalid_value']],
    ['has no users', 'basic_auth_users: {}\n', ['1:19 invalid_value']],
    ['is not YAML', 'a: [', ['1:5 invalid_yaml']],
    ['has a key twice', `basic_auth_users:\n  a: ${HASH}\n  a: ${HASH}\n`, ['3:3 invalid_yaml']],
    ['has a tag that is not resolved', 'basic_auth_users:\n  a: !secret x\n', ['2:6 invalid_yaml']],
    ['has an alias without an anchor', 'basic_auth_users:\n  a: *secret\n', ['2:6 unresolved_alias']],
    ['merges an alias without an anchor', '<<: *base\n', ['1:1 unknown_key', '1:5 unresolved_alias']],
    ['lacks a key file', 'tls_server_config:\n  cert_file: a.crt\n', ['2:3 missing_value']],
    [
      'has an unknown version',
      'tls_server_config:\n  cert_file: a\n  key_file: b\n  min_version: TLS9\n',
      ['4:16 invalid_value'],
    ],
    ['has a number for a path', 'tls_server_config:\n  cert_file: 5\n  key_file: b\n', ['2:14 invalid_value']],
    ['has a text for a section', 'tls_server_config: yes please\n', ['1:20 invalid_value']],
    ['has a text for a boolean', 'http_server_config:\n  http2: maybe\n', ['2:10 invalid_value']],
    ['has a list of users', 'basic_auth_users:\n  - alice\n', ['2:3 invalid_value']],
    ['has a text for a list', 'auth_excluded_paths: /health\n', ['1:22 invalid_value']],
    ['has a relative path', 'auth_excluded_paths: [health]\n', ['1:22 invalid_value']],
    ['has a password for a hash', 'basic_auth_users:\n  alice: secret\n', ['2:10 invalid_value']],
    ['has a user with a colon', `basic_auth_users:\n  "a:b": ${HASH}\n`, ['2:3 invalid_value']],
    ['has another header', 'http_server_config:\n  headers:\n    X-Powered-By: me\n', ['3:19 unknown_key']],
    [
      'has another value of a header',
      'http_server_config:\n  headers:\n    X-Frame-Options: allow\n',
      ['3:22 invalid_value'],
    ],
    [
      'has a header value that HTTP cannot send',
      'http_server_config:\n  headers:\n    Content-Security-Policy: "DENY–"\n',
      ['3:30 invalid_value'],
    ],
    [
      'verifies clients without a CA',
      'tls_server_config:\n  cert_file: a\n  key_file: b\n  client_auth_type: RequireAndVerifyClientCert\n',
      ['2:3 missing_value'],
    ],
    [
      'has a CA and verifies nobody',
      'tls_server_config:\n  cert_file: a\n  key_file: b\n  client_ca_file: c\n',
      ['2:3 invalid_value'],
    ],
    ['has a certificate twice', 'tls_server_config:\n  cert_file: a\n  cert: C\n  key_file: b\n', ['2:14 conflict']],
    [
      'has an unknown cipher suite',
      'tls_server_config:\n  cert_file: a\n  key_file: b\n  cipher_suites: [TLS_FAKE]\n',
      ['4:18 invalid_value'],
    ],
    ['has an interval without a unit', 'rate_limit:\n  interval: 5\n  burst: 1\n', ['2:13 invalid_value']],
    ['has no burst', 'rate_limit:\n  interval: 1s\n', ['2:3 invalid_value']],
  ])('refuses a file that %s', (_, source, issues) => {
    expect(issuesOf(source)).toEqual(issues);
  });

  it('refuses a file whose aliases multiply, without expanding them', () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    );
    const issues = issuesOf(`l0: &l0 [x]\n${levels.join('\n')}\nbasic_auth_users: {alice: *l30}\n`);
    expect(issues.filter((issue) => issue.endsWith('unknown_key'))).toHaveLength(31);
  });

  it('never shows a password, a hash or a token in an error', () => {
    expect(() => read('basic_auth_users:\n  alice: hunter2\n')).toThrow(/^(?!.*hunter2)/s);
  });

  it('reports a file that cannot be read', () => {
    expect(() => readWebConfig(file('nothing.yml'))).toThrow(WebConfigError);
    expect(() => readWebConfig(file('nothing.yml'))).toThrow(`${file('nothing.yml')}:1:1: the file cannot be read`);
  });
});
