import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expositionHandler } from '../../src/http/handlers';
import type { HttpServer } from '../../src/http/http-server';
import type { WebConfig } from '../../src/http/web-config';
import { readWebConfig } from '../../src/http/web-config-file';
import { listenToDiagnostics } from '../diagnostics';
import { canRun, programPath, ROOT, run, until } from '../servers/processes';
import { hasPrometheus, PrometheusServer } from '../servers/prometheus';
import { closed, listen, open, textHandler } from './servers';

const hasOpenssl = canRun(programPath('openssl'), 'openssl', 'install the package openssl');

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tls-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function secured(web: WebConfig): Promise<HttpServer> {
  const { server } = await listen({ web }, [{ path: '/metrics', handler: textHandler('guarded_total 1\n') }]);
  return server;
}

/** Creates a certificate that the authority `ca` signs, or a self-signed one. */
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

/** Sends a request over TLS; returns the status, or the code of the error. */
function sendRequest(port: number | undefined, { ca, client }: Client): Promise<number | string> {
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

  it('serves HTTPS alone, at https URLs', async () => {
    const server = await secured({ tls: tls() });
    expect(server.urls[0]).toBe(`https://127.0.0.1:${server.port}/metrics`);
    expect(await sendRequest(server.port, { ca: 'server' })).toBe(200);
    await expect(fetch(`http://127.0.0.1:${server.port}/metrics`)).rejects.toThrow();
  });

  it.each([
    ['NoClientCert', [200, 200, 200]],
    ['RequestClientCert', [200, 200, 200]],
    ['RequireAnyClientCert', ['refused', 200, 200]],
    ['VerifyClientCertIfGiven', [200, 'refused', 200]],
    ['RequireAndVerifyClientCert', ['refused', 'refused', 200]],
  ] as const)(
    'with %s answers a client without a certificate, with a foreign one and with a good one: %j',
    async (type, expected) => {
      const ca = type === 'NoClientCert' ? {} : { clientCaFile: file('authority.crt') };
      const server = await secured({ tls: { ...tls(), clientAuthType: type, ...ca } });
      const answers = [
        await sendRequest(server.port, { ca: 'server' }),
        await sendRequest(server.port, { ca: 'server', client: 'stranger' }),
        await sendRequest(server.port, { ca: 'server', client: 'scraper' }),
      ];
      expect(answers.map((answer) => (answer === 200 ? 200 : 'refused'))).toEqual(expected);
    },
  );

  it('reads certificate and key from the configuration itself', async () => {
    const [cert, key] = [readFileSync(file('server.crt'), 'utf8'), readFileSync(file('server.key'), 'utf8')];
    const server = await secured({ tls: { cert, key } });
    expect(await sendRequest(server.port, { ca: 'server' })).toBe(200);
  });

  it('closes a connection that does not begin its handshake within seconds', async () => {
    const server = await secured({ tls: tls() });
    await closed(await open(server.port as number));
    expect(await sendRequest(server.port, { ca: 'server' })).toBe(200);
  });

  it('shuts down at once while clients are in their handshake or idle', async () => {
    const server = await secured({ tls: tls() });
    const handshaking = await open(server.port as number);
    const idle = connect({ host: '127.0.0.1', port: server.port, ca: readFileSync(file('server.crt')) });
    await new Promise((resolve) => idle.once('secureConnect', resolve));
    await server.shutdown();
    await closed(handshaking);
    await closed(idle);
  }, 4000);

  it('an HTTPS server completes responses when it shuts down', async () => {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let isStarted = false;
    const handler = expositionHandler(async () => {
      isStarted = true;
      await finished;
      return { status: 200, contentType: 'text/plain', body: [Buffer.from('x')] };
    });
    const { server } = await listen({ web: { tls: tls() } }, [{ path: '/metrics', handler }]);
    const response = sendRequest(server.port, { ca: 'server' });
    await until(() => (isStarted ? true : undefined));
    const down = server.shutdown();
    finish();
    expect(await response).toBe(200);
    await down;
  });

  it('an HTTPS server does not keep the process alive while a client is in its handshake', async () => {
    const program = `
      const { connect } = require('node:net');
      const { HttpServer } = require(${JSON.stringify(ROOT)});
      const tls = ${JSON.stringify(tls())};
      const server = new HttpServer({ host: '127.0.0.1', port: 0 }, [], { web: { tls } });
      server.start().then(() => connect(server.port, '127.0.0.1', function () { this.unref(); }));`;
    const child = run(process.execPath, ['-e', program]);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('');
  }, 4000);

  it('accepts client certificates with an allowed name alone', async () => {
    const server = await secured({
      tls: {
        ...tls(),
        clientAuthType: 'RequireAndVerifyClientCert',
        clientCaFile: file('authority.crt'),
        clientAllowedSans: ['scraper.local'],
      },
    });
    expect(await sendRequest(server.port, { ca: 'server', client: 'scraper' })).toBe(200);
    expect(await sendRequest(server.port, { ca: 'server', client: 'visitor' })).not.toBe(200);
  });

  it('uses the configured version and cipher suite', async () => {
    const server = await secured({
      tls: { ...tls(), maxVersion: 'TLS12', cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'] },
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

  it('uses new certificates when the files change, and keeps the old ones when the files break', async () => {
    const diagnostics = listenToDiagnostics();
    mkdirSync(file('live'));
    const install = (name: string) => {
      copyFileSync(file(`${name}.crt`), file('live/tls.crt'));
      copyFileSync(file(`${name}.key`), file('live/tls.key'));
    };
    install('server');
    const server = await secured({ tls: { certFile: file('live/tls.crt'), keyFile: file('live/tls.key') } });
    expect(await sendRequest(server.port, { ca: 'server' })).toBe(200);
    expect(await sendRequest(server.port, { ca: 'renewed' })).not.toBe(200);
    install('renewed');
    await until(async () => ((await sendRequest(server.port, { ca: 'renewed' })) === 200 ? true : undefined));
    writeFileSync(file('live/tls.crt'), 'broken');
    const message = await until(async () => {
      await sendRequest(server.port, { ca: 'renewed' });
      return diagnostics.messages()[0];
    });
    expect(message).toContain('cannot reload the TLS files');
    expect(await sendRequest(server.port, { ca: 'renewed' })).toBe(200);
    diagnostics.stop();
  });

  it.skipIf(!hasPrometheus)(
    'an HTTPS server is scraped by a real Prometheus with a client certificate and a password from web-config.yml',
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
      const server = await secured(readWebConfig(file('web-config.yml')));
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
