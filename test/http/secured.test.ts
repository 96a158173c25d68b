import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MetricsServer, type ServerOptions } from '../../src/http/metrics-server';
import { checkWebConfig, readWebConfig, WebConfigError } from '../../src/http/web-config';
import { listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';
import { canRun, programPath, run, until } from '../servers/processes';
import { hasPrometheus, PrometheusServer } from '../servers/prometheus';

const hasOpenssl = canRun(programPath('openssl'), 'openssl', 'install the package openssl');

let folder: string;
const file = (name: string) => join(folder, name);
const servers: MetricsServer[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'secured-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const server of servers.splice(0)) await server.shutdown();
});

async function secured(options: ServerOptions): Promise<MetricsServer> {
  const { reader, meter } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false });
  meter.createCounter('guarded').add(1);
  const server = new MetricsServer({ host: '127.0.0.1', port: 0 }, reader.routes('/metrics'), options);
  servers.push(server);
  await server.start();
  return server;
}

/** Makes a certificate that the authority `ca` signs, or that signs itself. */
async function certificate(name: string, subject: string, ca?: string): Promise<void> {
  const openssl = async (...args: string[]) => {
    const child = run('openssl', args, { cwd: folder });
    expect((await child.ended).code, child.stderr()).toBe(0);
  };
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`];
  if (ca === undefined) {
    const san = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    await openssl('req', '-x509', ...key, '-out', `${name}.crt`, '-subj', `/CN=${subject}`, '-days', '2', ...san);
    return;
  }
  await openssl('req', ...key, '-out', `${name}.csr`, '-subj', `/CN=${subject}`);
  writeFileSync(file(`${name}.ext`), `subjectAltName=DNS:${subject}\n`);
  const signed = [
    '-CA',
    `${ca}.crt`,
    '-CAkey',
    `${ca}.key`,
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    `${name}.ext`,
  ];
  await openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...signed);
}

interface Client {
  readonly ca: string;
  readonly client?: string;
}

/** Asks over TLS; gives the status, or the error's code. */
function ask(port: number | undefined, { ca, client }: Client): Promise<number | string> {
  return new Promise((resolve) => {
    const secrets =
      client === undefined
        ? {}
        : { cert: readFileSync(file(`${client}.crt`)), key: readFileSync(file(`${client}.key`)) };
    request(
      { host: '127.0.0.1', port, path: '/metrics', ca: readFileSync(file(`${ca}.crt`)), agent: false, ...secrets },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    )
      .on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
      .end();
  });
}

describe('passwords and tokens', () => {
  const web = {
    basicAuthUsers: { alice: hashSync('wonder:land', 4), bob: hashSync('builder', 4).replace('$2b$', '$2y$') },
    bearerToken: 'a-token',
    authExcludedPaths: ['/health'],
  };
  const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

  it.each([
    ['no credentials', undefined, 401],
    ['a password', basic('alice:wonder:land'), 200],
    ['a hash that htpasswd makes', basic('bob:builder'), 200],
    ['a wrong password', basic('alice:wonderland'), 401],
    ['the password of another', basic('alice:builder'), 401],
    ['an unknown user with a known password', basic('carol:builder'), 401],
    ['a user without a password', basic('alice'), 401],
    ['an empty password', basic('alice:'), 401],
    ['a token', 'Bearer a-token', 200],
    ['a token, its scheme in lower case', 'bearer a-token', 200],
    ['a wrong token', 'Bearer b-token', 401],
    ['the beginning of a token', 'Bearer a-tok', 401],
    ['another scheme', 'Digest a-token', 401],
    ['nonsense', '\u00ff', 401],
  ])('%s', async (_, authorization, status) => {
    const [url = ''] = (await secured({ web })).urls;
    const headers = authorization === undefined ? {} : { authorization };
    // The second time the password is known.
    for (let i = 0; i < 2; i++) {
      const response = await fetch(url, { headers });
      expect(response.status).toBe(status);
      const challenge = response.headers.get('www-authenticate');
      expect(challenge).toBe(status === 200 ? null : 'Basic realm="metrics", Bearer');
      expect((await response.text()).includes('guarded_total')).toBe(status === 200);
    }
  });

  it('leave open what is to be open', async () => {
    const [metrics = '', health = '', ready = ''] = (await secured({ web })).urls;
    const statuses = await Promise.all([metrics, health, ready].map(async (url) => (await fetch(url)).status));
    expect(statuses).toEqual([401, 200, 401]);
  });

  it('come with the headers that are configured', async () => {
    const [url = ''] = (await secured({ web: { headers: { 'X-Frame-Options': 'deny' } } })).urls;
    expect((await fetch(url)).headers.get('x-frame-options')).toBe('deny');
  });
});

describe.skipIf(!hasOpenssl)('TLS', () => {
  beforeAll(async () => {
    await certificate('server', 'localhost');
    await certificate('renewed', 'localhost');
    await certificate('authority', 'authority');
    await certificate('stranger', 'stranger');
    await certificate('scraper', 'scraper.local', 'authority');
    await certificate('visitor', 'visitor.local', 'authority');
  });

  const tls = () => ({ certFile: file('server.crt'), keyFile: file('server.key') });

  it('serves those who speak it, at https URLs', async () => {
    const server = await secured({ web: { tls: tls() } });
    expect(server.urls[0]).toBe(`https://127.0.0.1:${server.port}/metrics`);
    expect(await ask(server.port, { ca: 'server' })).toBe(200);
    await expect(fetch(`http://127.0.0.1:${server.port}/metrics`)).rejects.toThrow();
  });

  it.each([
    ['NoClientCert', [200, 200, 200]],
    ['RequestClientCert', [200, 200, 200]],
    ['RequireAnyClientCert', ['refused', 200, 200]],
    ['VerifyClientCertIfGiven', [200, 'refused', 200]],
    ['RequireAndVerifyClientCert', ['refused', 'refused', 200]],
  ] as const)(
    'with %s answers a client without a certificate, with a foreign one, with a good one: %j',
    async (type, expected) => {
      const ca = type === 'NoClientCert' ? {} : { clientCaFile: file('authority.crt') };
      const server = await secured({ web: { tls: { ...tls(), clientAuthType: type, ...ca } } });
      const answers = [
        await ask(server.port, { ca: 'server' }),
        await ask(server.port, { ca: 'server', client: 'stranger' }),
        await ask(server.port, { ca: 'server', client: 'scraper' }),
      ];
      expect(answers.map((answer) => (answer === 200 ? 200 : 'refused'))).toEqual(expected);
    },
  );

  it('lets in only the names that are allowed', async () => {
    const server = await secured({
      web: {
        tls: {
          ...tls(),
          clientAuthType: 'RequireAndVerifyClientCert',
          clientCaFile: file('authority.crt'),
          clientAllowedSans: ['scraper.local'],
        },
      },
    });
    expect(await ask(server.port, { ca: 'server', client: 'scraper' })).toBe(200);
    expect(await ask(server.port, { ca: 'server', client: 'visitor' })).not.toBe(200);
  });

  it('keeps to versions and ciphers', async () => {
    const server = await secured({
      web: { tls: { ...tls(), maxVersion: 'TLS12', cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'] } },
    });
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const client = connect({ host: '127.0.0.1', port: server.port, ca: readFileSync(file('server.crt')) }, () =>
        resolve(client),
      );
      client.once('error', reject);
    });
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual(['TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384']);
    socket.destroy();
  });

  it('takes new certificates when the files change, and keeps the old ones when they break', async () => {
    const said = listenToDiagnostics();
    mkdirSync(file('live'));
    const install = (name: string) => {
      copyFileSync(file(`${name}.crt`), file('live/tls.crt'));
      copyFileSync(file(`${name}.key`), file('live/tls.key'));
    };
    install('server');
    const server = await secured({ web: { tls: { certFile: file('live/tls.crt'), keyFile: file('live/tls.key') } } });
    expect(await ask(server.port, { ca: 'server' })).toBe(200);
    expect(await ask(server.port, { ca: 'renewed' })).not.toBe(200);
    install('renewed');
    await until(async () => ((await ask(server.port, { ca: 'renewed' })) === 200 ? true : undefined));
    writeFileSync(file('live/tls.crt'), 'broken');
    const message = await until(async () => {
      await ask(server.port, { ca: 'renewed' });
      return said.take()[0];
    });
    expect(message).toContain('the TLS files cannot be read again, the old ones stay');
    expect(await ask(server.port, { ca: 'renewed' })).toBe(200);
    said.stop();
  });

  it.skipIf(!hasPrometheus)(
    'is scraped by a real Prometheus with certificate and password, as web-config.yml says',
    async () => {
      writeFileSync(
        file('web-config.yml'),
        `tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: authority.crt
  min_version: TLS13
basic_auth_users:
  prometheus: ${hashSync('secret', 4)}
http_server_config:
  http2: true
  headers:
    X-Content-Type-Options: nosniff
`,
      );
      const server = await secured({ web: readWebConfig(file('web-config.yml')) });
      const prometheus = await PrometheusServer.start(
        [{ job: 'secured', target: `127.0.0.1:${server.port}`, path: '/metrics' }],
        '',
        [],
        `    scheme: https
    basic_auth:
      username: prometheus
      password: secret
    tls_config:
      ca_file: ${file('server.crt')}
      cert_file: ${file('scraper.crt')}
      key_file: ${file('scraper.key')}
`,
      );
      try {
        await prometheus.allUp(1);
        const [series] = await until(async () => {
          const found = await prometheus.query('guarded_total');
          return found.length > 0 ? found : undefined;
        });
        expect(series?.value[1]).toBe('1');
      } finally {
        await prometheus.stop();
      }
    },
  );
});

describe('web-config.yml', () => {
  const read = (source: string) => {
    writeFileSync(file('config.yml'), source);
    return readWebConfig(file('config.yml'));
  };
  const HASH = hashSync('x', 4);

  it('may be empty', () => {
    expect(read('')).toEqual({});
  });

  it('has paths relative to itself', () => {
    expect(read('tls_server_config:\n  cert_file: a.crt\n  key_file: /b.key\n').tls).toEqual({
      certFile: file('a.crt'),
      keyFile: '/b.key',
    });
  });

  it.each([
    ['tls_server_confg: {}', 1, 'tls_server_confg is unknown; accepted: tls_server_config, http_server_config'],
    ['tls_server_config:\n  cert_file: a.crt\n', 2, 'tls_server_config.key_file is missing'],
    [
      'tls_server_config:\n  cert_file: a\n  key_file: b\n  min_version: TLS9\n',
      4,
      'tls_server_config.min_version is one of TLS10, TLS11, TLS12, TLS13, given "TLS9"',
    ],
    ['tls_server_config:\n  cert_file: 5\n  key_file: b\n', 2, 'tls_server_config.cert_file is a string, given 5'],
    ['tls_server_config: yes please\n', 1, 'tls_server_config is a mapping, given "yes please"'],
    ['http_server_config:\n  http2: maybe\n', 2, 'http_server_config.http2 is true or false, given "maybe"'],
    ['basic_auth_users:\n  - alice\n', 2, 'basic_auth_users is a mapping'],
    ['auth_excluded_paths: /health\n', 1, 'auth_excluded_paths is a list of strings, given "/health"'],
    ['a: [', 1, 'Flow sequence'],
    ['basic_auth_users:\n  alice: secret\n', undefined, 'the password of user "alice" is not a bcrypt hash'],
    [`basic_auth_users:\n  "a:b": ${HASH}\n`, undefined, 'a user of basic auth is a name without a colon, given "a:b"'],
    [
      'http_server_config:\n  headers:\n    X-Powered-By: me\n',
      undefined,
      'a header is one of Content-Security-Policy',
    ],
    [
      'tls_server_config:\n  cert_file: a\n  key_file: b\n  client_auth_type: RequireAndVerifyClientCert\n',
      undefined,
      'RequireAndVerifyClientCert needs client_ca_file',
    ],
    [
      'tls_server_config:\n  cert_file: a\n  key_file: b\n  client_ca_file: c\n',
      undefined,
      'client_ca_file needs a client_auth_type',
    ],
    [
      'tls_server_config:\n  cert_file: a\n  key_file: b\n  cipher_suites: [TLS_FAKE]\n',
      undefined,
      'a cipher suite is one that this Node.js knows, given "TLS_FAKE"',
    ],
  ])('is refused: %j', (source, line, problem) => {
    expect(() => read(source)).toThrow(WebConfigError);
    expect(() => read(source)).toThrow(problem);
    expect(() => read(source)).toThrow(line === undefined ? file('config.yml') : `${file('config.yml')}:${line}: `);
  });

  it('that is not there is refused', () => {
    expect(() => readWebConfig(file('nothing.yml'))).toThrow(`${file('nothing.yml')} cannot be read`);
  });

  it.each(['', 'two words', 'new\nline'])('cannot hold the bearer token %j', (bearerToken) => {
    expect(() => checkWebConfig({ bearerToken }, 'here')).toThrow(
      'here: a bearer token has one or more visible characters',
    );
  });
});
