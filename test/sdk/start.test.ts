import { metrics } from '@opentelemetry/api';
import { defineCatalog, MeterProvider, PrometheusBridge, type Sdk, start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { afterEach, describe, expect, it } from 'vitest';
import { keepingLogger } from '../diagnostics';
import { freePort } from '../servers/processes';

const shop = defineCatalog({
  name: 'shop-start',
  metrics: {
    orders: { name: 'start_orders_total', instrument: 'counter', description: 'Orders', labels: { to: 'string' } },
    wait: { name: 'start_wait_seconds', instrument: 'histogram', description: 'Wait', buckets: [1, 2] },
  },
});

/** What a test needs no server and no signals for. */
const QUIET = { http: false, shutdownOnExit: false, prometheus: { server: false } } as const;

let sdk: Sdk | undefined;
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
});

describe('start', () => {
  it('gives typed metrics of each system, and a page of them', async () => {
    const started = await start({ ...QUIET, serviceName: 'jobs', systems: ['hodei', 'ticker'], host: false });
    sdk = started;
    started.metrics.hodei.recordJobScheduled('tenant-1');
    started.metrics.ticker.setShards(3);
    // @ts-expect-error a system that was not asked for
    expect(started.metrics.allsource).toBeDefined();
    const { status, contentType, body } = await started.scrape();
    expect([status, contentType]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('hodei_jobs_scheduled_total{tenant_id="tenant-1"} 1\n');
    expect(body).toContain('dagda_shards_total 3\n');
    expect(body).toContain('hodei_queue_wait_time_seconds_count 0\n');
    expect(body).not.toContain('otel_scope');
  });

  it('is what an imported facade records to, before it, while it runs and after it', async () => {
    hodei.recordJobScheduled('before');
    sdk = await start({ ...QUIET, systems: ['hodei'] });
    hodei.recordJobScheduled('during');
    expect((await sdk.scrape()).body).toContain('hodei_jobs_scheduled_total{tenant_id="during"} 1\n');
    expect((await sdk.scrape()).body).not.toContain('before');
    await sdk.shutdown();
    hodei.recordJobScheduled('after');
    sdk = await start({ ...QUIET, systems: ['hodei'] });
    hodei.recordJobScheduled('again');
    const { body } = await sdk.scrape();
    expect(body.split('\n').filter((line) => line.startsWith('hodei_jobs_scheduled_total{'))).toEqual([
      'hodei_jobs_scheduled_total{tenant_id="again"} 1',
    ]);
  });

  it('serves a catalog of your own under its documented names and buckets', async () => {
    sdk = await start({ ...QUIET, catalogs: [shop] });
    const { orders, wait } = sdk.instruments(shop);
    orders.add(1, { to: 'DE' });
    wait.record(1.5);
    const { body } = await sdk.scrape();
    expect(body).toContain('start_orders_total{to="DE"} 1\n');
    expect(body).toContain('start_wait_seconds_bucket{le="1"} 0\nstart_wait_seconds_bucket{le="2"} 1\n');
  });

  it('gives the running one when called again, with the further systems', async () => {
    const messages: string[] = [];
    sdk = await start({ ...QUIET, systems: ['hodei'], logger: keepingLogger(messages) });
    const second = await start({ systems: ['orchestrator'], serviceName: 'other' });
    expect(second).toBe(sdk);
    second.metrics.orchestrator.recordGenerationCreated('main');
    expect((await sdk.scrape()).body).toContain('pupsourcing_orchestrator_generations_total{replica_set="main"} 1\n');
    expect(messages).toEqual([
      'meterbridge unused-option: meterbridge already runs in this process; left out: serviceName. Shut it down first to start anew',
    ]);
  });

  it('serves on the documented port and path of a system, and on others when told', async () => {
    const port = await freePort();
    sdk = await start({
      systems: ['hodei'],
      http: false,
      shutdownOnExit: false,
      prometheus: { host: '127.0.0.1', port },
    });
    expect(sdk.urls).toEqual(
      ['/api/v1/metrics', '/health', '/ready', '/dashboard'].map((path) => `http://127.0.0.1:${port}${path}`),
    );
    const extra = await sdk.serve('127.0.0.1:0', '/other');
    expect((await fetch(`http://127.0.0.1:${extra.port}/other`)).status).toBe(200);
    await sdk.shutdown();
    await expect(fetch(`http://127.0.0.1:${extra.port}/other`)).rejects.toThrow();
    await expect(sdk.serve('nowhere')).rejects.toThrow('an address is host:port');
  });

  it("shows the version and the app's own readiness checks", async () => {
    sdk = await start({
      serviceVersion: '1.2.3',
      http: false,
      shutdownOnExit: false,
      prometheus: { host: '127.0.0.1', port: 0 },
    });
    const [, health = '', ready = ''] = sdk.urls;
    expect(await (await fetch(health)).json()).toMatchObject({ status: 'healthy', version: '1.2.3' });
    sdk.addReadinessCheck('queue', () => {
      throw new Error('not connected');
    });
    const response = await fetch(ready);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      ready: false,
      checks: [
        { name: 'metrics', ready: true },
        { name: 'queue', ready: false, message: 'not connected' },
      ],
    });
  });

  it('guards every server that it starts', async () => {
    const address = { host: '127.0.0.1', port: 0 };
    sdk = await start({
      http: false,
      shutdownOnExit: false,
      prometheus: { ...address, web: { bearerToken: 'secret' } },
    });
    const extra = await sdk.serve('127.0.0.1:0');
    for (const url of [sdk.urls[0] ?? '', `http://127.0.0.1:${extra.port}/metrics`]) {
      expect((await fetch(url)).status).toBe(401);
      expect((await fetch(url, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    }
  });

  it('records nothing when metrics are disabled, and a started server still answers', async () => {
    sdk = await start({
      systems: ['hodei'],
      metricsEnabled: false,
      shutdownOnExit: false,
      prometheus: { host: '127.0.0.1', port: 0 },
    });
    hodei.recordJobScheduled('t');
    const response = await fetch(sdk.urls[0] ?? '');
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('takes back what it did when shut down, once', async () => {
    const listeners = process.listenerCount('SIGTERM');
    sdk = await start({ ...QUIET, shutdownOnExit: true });
    expect(process.listenerCount('SIGTERM')).toBe(listeners + 1);
    expect(metrics.getMeterProvider()).toBeInstanceOf(MeterProvider);
    await Promise.all([sdk.shutdown(), sdk.shutdown()]);
    await sdk.forceFlush();
    expect(process.listenerCount('SIGTERM')).toBe(listeners);
    expect(metrics.getMeterProvider()).not.toBeInstanceOf(MeterProvider);
  });

  it('says clearly that another provider is there already', async () => {
    metrics.setGlobalMeterProvider(
      new MeterProvider({ readers: [new PrometheusBridge({ preventServerStart: true })] }),
    );
    await expect(start(QUIET)).rejects.toThrow('another MeterProvider is registered with the OpenTelemetry API');
    metrics.disable();
  });
});

describe('a configuration error', () => {
  it('lists everything that is wrong, each with what is accepted', async () => {
    const wrong = start({
      systems: ['hodie' as never],
      exporters: ['otpl' as never],
      exportIntervalMillis: -1,
      cardinalityLimit: 1,
      prometheus: {
        port: 70_000,
        path: 'metrics',
        translationStrategy: 'Nonsense' as never,
        maxRequests: 0,
        portRetryMillis: -1,
        web: { bearerToken: '' },
      },
    });
    await expect(wrong).rejects.toMatchObject({
      name: 'ConfigurationError',
      problems: [
        'exporters holds prometheus, otlp, console, none, given "otpl"',
        'systems holds ticker, stream-processor, hodei, orchestrator, allsource, control-plane, given "hodie"',
        'exportIntervalMillis is a whole number of milliseconds above 0, given -1',
        'cardinalityLimit is a whole number of at least 2, given 1',
        'prometheus.port is a port from 0 to 65535, given 70000',
        'prometheus.path is a path that begins with /, given "metrics"',
        'prometheus.translationStrategy is one of UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes, NoTranslation, given "Nonsense"',
        'prometheus.maxRequests is a whole number above 0, given 0',
        'prometheus.portRetryMillis is a whole number of milliseconds above 0, given -1',
        'prometheus.web: a bearer token has one or more visible characters and no blanks',
      ],
    });
  });

  it.each([
    [{ systems: ['hodei', 'allsource'] }, 'hodei and allsource are both documented at port 8080; set prometheus.port'],
    [{ exporters: ['none', 'otlp'] }, 'none stands alone among exporters, given none, otlp'],
  ])('is %j', async (options, message) => {
    await expect(start(options as never)).rejects.toThrow(message);
  });

  it('is two definitions of one family that differ', async () => {
    const other = defineCatalog({
      name: 'other-shop',
      metrics: { orders: { name: 'start_orders_total', instrument: 'counter', description: 'Other orders' } },
    });
    await expect(start({ ...QUIET, catalogs: [shop, other] })).rejects.toThrow(
      'shop-start and other-shop define start_orders_total differently',
    );
  });
});
