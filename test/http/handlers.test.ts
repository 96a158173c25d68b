import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import express from 'express';
import fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { expositionHandler, healthHandler, type ResponseStats, readinessHandler } from '../../src/http/handlers';
import { Health } from '../../src/http/health';
import { listenToDiagnostics } from '../diagnostics';
import { until } from '../servers/processes';
import { afterTest, manyBytes } from './servers';

function listening(server: Server): Promise<string> {
  afterTest(() => new Promise((resolve) => server.close(resolve)));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

const mounted = (handler: RequestListener) => listening(createServer(handler));

const FRAMEWORKS: readonly {
  readonly name: string;
  mount(handlers: Record<string, RequestListener>): Promise<string>;
}[] = [
  {
    name: 'node:http',
    mount: (handlers) =>
      mounted((request, response) => handlers[(request.url ?? '').replace('/my/', '')]?.(request, response)),
  },
  {
    name: 'express',
    mount: (handlers) => {
      const app = express();
      for (const [path, handler] of Object.entries(handlers)) app.all(`/my/${path}`, handler);
      return listening(createServer(app));
    },
  },
  {
    name: 'fastify',
    mount: (handlers) => {
      const app = fastify();
      for (const [path, handler] of Object.entries(handlers)) {
        app.all(`/my/${path}`, (request, reply) => {
          reply.hijack();
          handler(request.raw, reply.raw);
        });
      }
      afterTest(() => app.close());
      return app.listen({ host: '127.0.0.1', port: 0 });
    },
  },
];

describe.each(FRAMEWORKS)('handlers mounted in $name', ({ mount }) => {
  it('answer GET and HEAD, with any Host, and refuse other methods', async () => {
    const health = new Health('1.2.3');
    const url = await mount({
      document: expositionHandler(async () => ({
        status: 200,
        contentType: 'text/x',
        body: [Buffer.from('document')],
      })),
      health: healthHandler(health),
      ready: readinessHandler(health),
    });

    const document = await fetch(`${url}/my/document`);
    expect([document.status, document.headers.get('content-type'), await document.text()]).toEqual([
      200,
      'text/x',
      'document',
    ]);
    const head = await fetch(`${url}/my/document`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'text/x', '']);
    const post = await fetch(`${url}/my/document`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const foreign = await new Promise((resolve, reject) => {
      httpRequest(`${url}/my/document`, { headers: { host: 'metrics.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(foreign).toBe(200);

    const report = await fetch(`${url}/my/health`);
    expect([report.status, await report.json()]).toEqual([
      200,
      { status: 'healthy', version: '1.2.3', uptime_seconds: expect.any(Number) },
    ]);
    expect((await fetch(`${url}/my/ready`)).status).toBe(200);
    health.addCheck('database', () => {
      throw new Error('no connection');
    });
    const unready = await fetch(`${url}/my/ready`);
    expect([unready.status, await unready.json()]).toEqual([
      503,
      { ready: false, checks: [{ name: 'database', ready: false, message: 'no connection' }] },
    ]);
  });
});

describe('expositionHandler', () => {
  it('serves HTTP/2 requests, also after clients left in the middle', async () => {
    const handler = expositionHandler(async () => ({
      status: 200,
      contentType: 'text/plain',
      body: manyBytes(2 ** 23),
    }));
    const server = createHttp2Server(handler as unknown as (...args: unknown[]) => void);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterTest(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (let i = 0; i < 5; i++) {
      const leaving = connectHttp2(url);
      const stream = leaving.request({ ':path': '/' });
      await new Promise((resolve) => stream.once('data', resolve));
      leaving.destroy();
    }
    const client = connectHttp2(url);
    afterTest(() => client.destroy());
    const stream = client.request({ ':path': '/' });
    let bytes = 0;
    for await (const piece of stream) bytes += (piece as Buffer).length;
    expect(bytes).toBe(2 ** 23);
  });

  it('streams a body that is made asynchronously, compressed as the client asks', async () => {
    const body = async function* () {
      for (let i = 0; i < 1000; i++) {
        if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
        yield Buffer.from(`line ${i}\n`);
      }
    };
    const url = await mounted(
      expositionHandler(async () => ({ status: 200, contentType: 'text/plain', body: body() })),
    );
    const expected = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('');
    expect(await (await fetch(url, { headers: { 'accept-encoding': 'identity' } })).text()).toBe(expected);
    const received = await new Promise<{ headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
      httpRequest(url, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(pieces) }));
      })
        .on('error', reject)
        .end();
    });
    expect(received.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(received.body).toString()).toBe(expected);
  });

  it('reports status and size before compression, once the response is complete', async () => {
    const stats: ResponseStats[] = [];
    const produce = async () => ({
      status: 503,
      contentType: 'text/plain',
      body: [Buffer.from('1234'), Buffer.from('5')],
    });
    const url = await mounted(expositionHandler(produce, { onResponse: (each) => stats.push(each) }));
    await (await fetch(url)).text();
    const [only] = await until(() => (stats.length > 0 ? stats : undefined));
    expect(only).toEqual({ status: 503, bytes: 5, seconds: expect.any(Number) });
  });

  it('disconnects a client that does not take its response in the time of its request', async () => {
    const never = new Promise<never>(() => {});
    const url = await mounted(expositionHandler(() => never, { timeoutMillis: () => 20 }));
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('answers 500 and reports when the document cannot be made, whatever was thrown', async () => {
    const diagnostics = listenToDiagnostics();
    afterTest(() => diagnostics.stop());
    const url = await mounted(expositionHandler(() => Promise.reject(Object.create(null))));
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([500, 'Internal error.\n']);
    expect(diagnostics.messages()).toEqual([expect.stringContaining('the request for / failed')]);
  });

  it('cuts the response when the body fails halfway, so that no client takes it for complete', async () => {
    const diagnostics = listenToDiagnostics();
    afterTest(() => diagnostics.stop());
    const body = function* () {
      yield Buffer.from('half');
      throw new Error('broken');
    };
    const url = await mounted(
      expositionHandler(async () => ({ status: 200, contentType: 'text/plain', body: body() })),
    );
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    expect(diagnostics.messages()).toEqual([expect.stringContaining('broken')]);
  });
});
