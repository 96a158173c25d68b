import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { bridgePromClient, type Sdk, start } from 'meterbridge';
import client, { Counter, Gauge, Histogram, Pushgateway, Registry, register, Summary } from 'meterbridge/prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { run } from '../../servers/processes';

let sdk: Sdk | undefined;
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  register.clear();
});

async function page(): Promise<string> {
  sdk ??= await start({ logger: false, runtimeMetrics: 'none', prometheus: { server: false, selfMetrics: false } });
  return (await sdk.scrape()).body;
}

describe('meterbridge/prom-client', () => {
  it('has the same members as named exports, as a default export and with require()', () => {
    const required = createRequire(__filename)('meterbridge/prom-client') as typeof client;
    expect(client.Counter).toBe(Counter);
    expect(client.register).toBe(register);
    expect(required.Counter).toBe(Counter);
  });

  it('has the content type of the default registry as a property', () => {
    const required = createRequire(__filename)('meterbridge/prom-client') as typeof client;
    required.contentType = required.openMetricsContentType;
    expect([register.contentType, client.contentType]).toEqual([
      client.openMetricsContentType,
      client.openMetricsContentType,
    ]);
    required.contentType = required.prometheusContentType;
    expect(register.contentType).toBe(Registry.PROMETHEUS_CONTENT_TYPE);
  });

  it('serves on the page of the SDK what was recorded before the SDK was started', async () => {
    new Counter({ name: 'jobs', help: 'Jobs', labelNames: ['queue'] as const }).inc({ queue: 'mail' }, 3);
    const body = await page();
    expect(body).toContain('# HELP jobs Jobs\n# TYPE jobs counter\njobs{queue="mail"} 3\n');
  });

  it('serves metrics of all kinds that are created and recorded while the SDK runs', async () => {
    await page();
    const gauge = new Gauge({ name: 'depth', help: 'Depth' });
    gauge.set(4);
    gauge.dec();
    const histogram = new Histogram({ name: 'wait_seconds', help: 'Wait', labelNames: ['queue'], buckets: [1] });
    histogram.labels('mail').observe(0.5);
    const summary = new Summary({ name: 'size_bytes', help: 'Size', percentiles: [0.5] });
    summary.observe(10);
    const body = await page();
    expect(body).toContain('\ndepth 3\n');
    expect(body).toContain('\nwait_seconds_bucket{queue="mail",le="1"} 1\n');
    expect(body).toContain(
      '# TYPE size_bytes summary\nsize_bytes{quantile="0.5"} 10\nsize_bytes_sum 10\nsize_bytes_count 1\n',
    );
  });

  it('serves what collect functions set, and default labels', async () => {
    register.setDefaultLabels({ zone: 'z' });
    new Gauge({
      name: 'queue_length',
      help: 'Length',
      async collect() {
        this.set(await Promise.resolve(7));
      },
    });
    expect(await page()).toContain('\nqueue_length{zone="z"} 7\n');
  });

  it('does not serve the metrics of another registry', async () => {
    new Counter({ name: 'elsewhere', help: 'h', registers: [new Registry()] });
    new Counter({ name: 'nowhere', help: 'h', registers: [] });
    expect(await page()).not.toMatch(/elsewhere|nowhere/);
  });

  it('serves the default registry once if it is bridged too', async () => {
    sdk = await start({
      logger: false,
      runtimeMetrics: 'none',
      prometheus: { server: false, selfMetrics: false },
      metricProducers: [bridgePromClient(register)],
    });
    new Counter({ name: 'jobs', help: 'Jobs' }).inc();
    expect(await page()).toContain('\njobs 1\n');
  });

  it('ends a series that is removed', async () => {
    const counter = new Counter({ name: 'jobs', help: 'Jobs', labelNames: ['queue'] });
    counter.inc({ queue: 'mail' });
    counter.inc({ queue: 'print' });
    counter.remove('mail');
    expect((await page()).match(/^jobs.*$/gm)).toEqual(['jobs{queue="print"} 1']);
  });
});

describe('Pushgateway', () => {
  /** Answers one request, and returns what it was. */
  async function receive(status: number, send: (url: string) => Promise<unknown>) {
    const server = createServer().listen(0, '127.0.0.1');
    const request = new Promise<object>((resolve) => {
      server.on('request', async (message, response) => {
        const body = await buffer(message);
        const isCompressed = message.headers['content-encoding'] === 'gzip';
        response.writeHead(status).end('the answer');
        resolve({ method: message.method, url: message.url, body: String(isCompressed ? gunzipSync(body) : body) });
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const result = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/base`).catch(
      (error: Error) => error,
    );
    server.close();
    return { request: await request, result };
  }

  it('replaces, adds and removes the metrics of a group', async () => {
    new Counter({ name: 'jobs', help: 'Jobs' }).inc();
    const body = '# HELP jobs Jobs\n# TYPE jobs counter\njobs 1\n';
    const groupings = { zone: 'a/b' };
    const url = '/base/metrics/job/nightly%20job/zone/a%2Fb';
    for (const [method, call, sent] of [
      ['PUT', 'push', body],
      ['POST', 'pushAdd', body],
      ['DELETE', 'delete', ''],
    ] as const) {
      const options = { headers: { 'Content-Encoding': 'gzip' } };
      const { request, result } = await receive(200, (gateway) =>
        new Pushgateway(gateway, options)[call]({ jobName: 'nightly job', groupings }),
      );
      expect(request).toEqual({ method, url, body: sent });
      expect(result).toMatchObject({ body: 'the answer' });
    }
  });

  it('rejects with the status and the body of a failure', async () => {
    const { result } = await receive(400, (gateway) => new Pushgateway(gateway).push({ jobName: 'j' }));
    expect(result).toEqual(new Error('push failed with status 400, the answer'));
  });
});

describe('AggregatorRegistry', () => {
  it('combines the metrics of the workers of a cluster', async () => {
    const child = run(process.execPath, [join(__dirname, 'apps/cluster.cjs')]);
    expect(await child.ended).toMatchObject({ code: 0 });
    expect(child.stdout()).toBe(
      '# HELP jobs_total Jobs\n# TYPE jobs_total counter\njobs_total 5\n\n# HELP lag_seconds Lag\n# TYPE lag_seconds gauge\nlag_seconds 3\n',
    );
  });

  it('returns an empty text without workers', async () => {
    expect(await new client.AggregatorRegistry().clusterMetrics()).toBe('');
  });
});
