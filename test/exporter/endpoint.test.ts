import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { HttpServer } from '../../src/http/http-server';
import { listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('the endpoint of an exporter', () => {
  async function own(reader: PrometheusReader): Promise<string> {
    const server = new HttpServer({ host: '127.0.0.1', port: 0 }, reader.routes('/metrics'));
    closers.push(() => server.shutdown());
    expect(await server.start()).toBe(true);
    return `http://127.0.0.1:${server.port}`;
  }

  it('the endpoint of an exporter answers 404 with the served paths for any other path', async () => {
    const url = await own(serve().reader);
    const response = await fetch(`${url}/metric`);
    expect([response.status, await response.text()]).toEqual([404, 'Not found. Try /metrics, /health, /ready.\n']);
    expect((await fetch(`${url}/metrics?x=1`)).status).toBe(200);
  });

  it('the endpoint of an exporter limits a page to the families that name[] asks for', async () => {
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

  it('the endpoint of an exporter collects once for concurrent scrapes', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false });
    const scrapes = 20;
    const received = new Promise<void>((resolve) => {
      let count = 0;
      const onRequest = () => {
        if (++count === scrapes) resolve();
      };
      subscribe('http.server.request.start', onRequest);
      closers.push(() => unsubscribe('http.server.request.start', onRequest));
    });
    let calls = 0;
    meter.createObservableGauge('slow').addCallback(async (result) => {
      calls++;
      await received;
      // The last request has not reached its handler yet.
      await new Promise((resolve) => setTimeout(resolve, 50));
      result.observe(calls);
    });
    const url = await own(reader);
    const scrape = async () => (await fetch(`${url}/metrics`)).text();
    const pages = await Promise.all(Array.from({ length: scrapes }, scrape));
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toMatch(/^slow\{.*\} 1$/m);
    expect(calls).toBe(1);
  });

  it('the endpoint of an exporter serves all other metrics when a callback throws or rejects', async () => {
    const diagnostics = listenToDiagnostics();
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
    const messages = diagnostics.messages().join('\n');
    expect(messages).toContain('broken');
    expect(messages).toContain('lost');
    diagnostics.stop();
  });

  it('the endpoint of an exporter serves the next scrape after a client disconnected in the middle of a page', async () => {
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
});
