import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import type { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { MetricsServer, parseAddress } from '../../src/http/metrics-server';
import { listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';
import { freePort } from '../servers/processes';

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function listening(server: Server): Promise<string> {
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

const MOUNTS: readonly { readonly name: string; mount(reader: PrometheusReader): Promise<string> }[] = [
  {
    name: 'node:http',
    mount: async (reader) => {
      const routes = new Map([
        ['/my/metrics', reader.handler],
        ['/my/health', reader.healthHandler],
        ['/my/ready', reader.readinessHandler],
      ]);
      const server = createServer((request, response) => routes.get(request.url ?? '')?.(request, response));
      return `${await listening(server)}/my`;
    },
  },
  {
    name: 'express',
    mount: async (reader) => {
      const app = express();
      app.all('/my/metrics', reader.handler);
      app.all('/my/health', reader.healthHandler);
      app.all('/my/ready', reader.readinessHandler);
      return `${await listening(createServer(app))}/my`;
    },
  },
  {
    name: 'fastify',
    mount: async (reader) => {
      const app = fastify();
      const handlers = { metrics: reader.handler, health: reader.healthHandler, ready: reader.readinessHandler };
      for (const [path, handler] of Object.entries(handlers)) {
        app.all(`/my/${path}`, (request, reply) => {
          reply.hijack();
          handler(request.raw, reply.raw);
        });
      }
      closers.push(() => app.close());
      return `${await app.listen({ host: '127.0.0.1', port: 0 })}/my`;
    },
  },
];

describe.each(MOUNTS)('mounted in $name', ({ mount }) => {
  it('answers for metrics, health and readiness', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false });
    meter.createCounter('mounted').add(2);
    const url = await mount(reader);

    const page = await fetch(`${url}/metrics`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, TEXT]);
    expect(await page.text()).toBe('# HELP mounted_total \n# TYPE mounted_total counter\nmounted_total 2\n');

    const head = await fetch(`${url}/metrics`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, TEXT, '']);

    const post = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);

    const health = await fetch(`${url}/health`);
    expect([health.status, await health.json()]).toEqual([
      200,
      { status: 'healthy', version: 'unknown', uptime_seconds: expect.any(Number) },
    ]);

    const ready = await fetch(`${url}/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, checks: [{ name: 'metrics', ready: true, message: null }] },
    ]);
    const removeCheck = reader.health.addCheck('database', async () => {
      throw new Error('no connection');
    });
    const unready = await fetch(`${url}/ready`);
    expect([unready.status, await unready.json()]).toEqual([
      503,
      {
        ready: false,
        checks: [
          { name: 'metrics', ready: true, message: null },
          { name: 'database', ready: false, message: 'no connection' },
        ],
      },
    ]);
    removeCheck();
    expect((await fetch(`${url}/ready`)).status).toBe(200);
  });
});

describe('a server of its own', () => {
  async function own(reader: PrometheusReader): Promise<string> {
    const server = new MetricsServer({ host: '127.0.0.1', port: 0 }, reader.routes('/metrics'));
    closers.push(() => server.shutdown());
    expect(await server.start()).toBe(true);
    return `http://127.0.0.1:${server.port}`;
  }

  it('answers 404 elsewhere, saying what there is', async () => {
    const url = await own(serve().reader);
    const response = await fetch(`${url}/metric`);
    expect([response.status, await response.text()]).toEqual([404, 'Not found. Try /metrics, /health, /ready.\n']);
    expect((await fetch(`${url}/metrics?x=1`)).status).toBe(200);
  });

  it('limits a page to the families that name[] asks for', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false });
    for (const name of ['a', 'b', 'c']) meter.createGauge(name).record(1);
    const url = await own(reader);
    const samples = async (query: string) =>
      (await (await fetch(`${url}/metrics${query}`)).text()).split('\n').filter((line) => /^[a-c]/.test(line));
    expect(await samples('?name[]=a&name[]=c')).toEqual(['a 1', 'c 1']);
    expect(await samples('?name%5B%5D=b')).toEqual(['b 1']);
    expect(await samples('?name[]=nothing')).toEqual([]);
    expect(await samples('')).toEqual(['a 1', 'b 1', 'c 1']);
  });

  it('says once that the port is taken, and fails nothing', async () => {
    const said = listenToDiagnostics();
    const port = await freePort();
    const blocker = createServer();
    closers.push(() => new Promise((resolve) => blocker.close(resolve)));
    await new Promise<void>((resolve) => blocker.listen(port, '127.0.0.1', resolve));
    const server = new MetricsServer({ host: '127.0.0.1', port }, serve().reader.routes('/metrics'));
    expect(await server.start()).toBe(false);
    expect([server.port, server.urls]).toEqual([undefined, []]);
    expect(said.take()).toEqual([
      `meterbridge port-in-use: cannot serve metrics on 127.0.0.1, port ${port}: the port is taken; choose another port`,
    ]);
    await server.shutdown();
    said.stop();
  });

  it('collects once for scrapes that come together', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false });
    let calls = 0;
    meter.createObservableGauge('slow').addCallback(async (result) => {
      calls++;
      await new Promise((resolve) => setTimeout(resolve, 50));
      result.observe(calls);
    });
    const url = await own(reader);
    const pages = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`${url}/metrics`)).text()));
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toMatch(/^slow\{.*\} 1$/m);
    expect(calls).toBe(1);
  });

  it('serves the rest when a callback throws or rejects', async () => {
    const said = listenToDiagnostics();
    const { reader, meter } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false });
    meter.createObservableGauge('throws').addCallback(() => {
      throw new Error('broken');
    });
    meter.createObservableGauge('rejects').addCallback(async () => {
      throw new Error('lost');
    });
    meter.createObservableGauge('works').addCallback((result) => result.observe(1));
    meter.createCounter('counts').add(1);
    const url = await own(reader);
    const response = await fetch(`${url}/metrics`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('works 1');
    const messages = said.take().join('\n');
    expect(messages).toContain('broken');
    expect(messages).toContain('lost');
    said.stop();
  });

  it('goes on when a client leaves in the middle of a page', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false });
    const gauge = meter.createGauge('many');
    for (let i = 0; i < 1900; i++) gauge.record(i, { i: `${i}`.padEnd(2000, 'x') });
    const url = await own(reader);
    for (let i = 0; i < 5; i++) {
      await new Promise<void>((resolve) => {
        const request = httpRequest(`${url}/metrics`, (response) => {
          response.once('data', () => {
            request.destroy();
            resolve();
          });
        });
        request.end();
      });
    }
    const page = await (await fetch(`${url}/metrics`)).text();
    expect(page.split('\n').filter((line) => line.startsWith('many{'))).toHaveLength(1900);
  });

  it('does not keep the process alive, and lets answers end when it shuts down', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false });
    meter.createObservableGauge('slow').addCallback(async (result) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      result.observe(1);
    });
    const server = new MetricsServer({ host: '127.0.0.1', port: 0 }, reader.routes('/metrics'));
    await server.start();
    const answer = fetch(`http://127.0.0.1:${server.port}/metrics`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const closed = server.shutdown();
    expect((await answer).status).toBe(200);
    await closed;
    expect(server.port).toBeUndefined();
  });
});

describe('addresses', () => {
  it.each<[string | number, { host: string | undefined; port: number }]>([
    [9464, { host: 'localhost', port: 9464 }],
    ['9464', { host: 'localhost', port: 9464 }],
    [':9090', { host: undefined, port: 9090 }],
    ['0.0.0.0:9090', { host: '0.0.0.0', port: 9090 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['metrics.local:0', { host: 'metrics.local', port: 0 }],
  ])('%s is read', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each(['', 'localhost', ':', ':x', ':65536', '::1:80', 'a:b:1', -1, 1.5])('%j is refused', (text) => {
    expect(() => parseAddress(text)).toThrow(RangeError);
    expect(() => parseAddress(text)).toThrow('an address is host:port, :port or a port from 0 to 65535, given');
  });
});
