import { request } from 'node:http';
import { type DiagLogger, DiagLogLevel, diag, metrics } from '@opentelemetry/api';
import {
  ConfigurationError,
  createInstruments,
  defineCatalog,
  MeterProvider,
  PrometheusReader,
  type Sdk,
  type StartOptions,
  start,
} from 'meterbridge';
import { allsource } from 'meterbridge/systems/allsource';
import { hodei } from 'meterbridge/systems/hodei';
import { orchestrator } from 'meterbridge/systems/orchestrator';
import { ticker } from 'meterbridge/systems/ticker';
import { afterEach, describe, expect, it } from 'vitest';
import { listLogger, PrivateLogger } from '../diagnostics';
import { freePort, until } from '../servers/processes';

const shop = defineCatalog({
  name: 'shop-start',
  metrics: {
    orders: { name: 'start_orders_total', instrument: 'counter', description: 'Orders', labels: { to: 'string' } },
    wait: { name: 'start_wait_seconds', instrument: 'histogram', description: 'Wait', buckets: [1, 2] },
  },
});
const conflicting = defineCatalog({
  name: 'other-shop',
  metrics: { orders: { name: 'start_orders_total', instrument: 'counter', description: 'Other orders' } },
});

const unfillable = defineCatalog({
  name: 'unfillable',
  metrics: {
    wait: {
      name: 'unfillable_seconds',
      instrument: 'histogram',
      description: 'Wait',
      buckets: [1],
      labels: { to: 'string' },
    },
  },
});

/** Without servers and instrumentation, which most tests do not need. */
const QUIET = { http: false, prometheus: { server: false } } as const;
const LOCAL = { host: '127.0.0.1', port: 0 } as const;

let sdk: Sdk | undefined;
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  diag.disable();
});

/** Reads the whole response, so that its connection does not delay the end of the server. */
async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  return response.status;
}

async function issuesOf(options: StartOptions): Promise<ConfigurationError['issues']> {
  const error = await start(options).then(
    (started) => {
      sdk = started;
      return undefined;
    },
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as ConfigurationError).issues;
}

describe('start', () => {
  it('serves the metrics of the systems whose facades it is given', async () => {
    sdk = await start({ ...QUIET, serviceName: 'jobs', systems: [hodei, ticker], hostMetrics: false });
    hodei.recordJobScheduled('tenant-1');
    ticker.setShards(3);
    const { status, contentType, body } = await sdk.scrape();
    expect([status, contentType]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('hodei_jobs_scheduled_total{tenant_id="tenant-1"} 1\n');
    expect(body).toContain('dagda_shards_total 3\n');
    expect(body).toContain('hodei_queue_wait_time_seconds_count 0\n');
    expect(body).not.toContain('otel_scope');
  });

  it('records what facades record while it runs, and nothing from before or after', async () => {
    hodei.recordJobScheduled('before');
    sdk = await start({ ...QUIET, systems: [hodei] });
    hodei.recordJobScheduled('during');
    expect((await sdk.scrape()).body).toContain('hodei_jobs_scheduled_total{tenant_id="during"} 1\n');
    expect((await sdk.scrape()).body).not.toContain('before');
    await sdk.shutdown();
    hodei.recordJobScheduled('after');
    sdk = await start({ ...QUIET, systems: [hodei] });
    hodei.recordJobScheduled('again');
    const { body } = await sdk.scrape();
    expect(body.split('\n').filter((line) => line.startsWith('hodei_jobs_scheduled_total{'))).toEqual([
      'hodei_jobs_scheduled_total{tenant_id="again"} 1',
    ]);
  });

  it('records what is recorded after a call that is not awaited', async () => {
    const starting = start({ ...QUIET, systems: [hodei] });
    hodei.recordJobScheduled('early');
    sdk = await starting;
    expect((await sdk.scrape()).body).toContain('hodei_jobs_scheduled_total{tenant_id="early"} 1\n');
  });

  it('serves a catalog of the app under its documented names and buckets', async () => {
    sdk = await start({ ...QUIET, catalogs: [shop] });
    const { orders, wait } = sdk.instruments(shop);
    orders.add(1, { to: 'DE' });
    wait.record(1.5);
    const { body } = await sdk.scrape();
    expect(body).toContain('start_orders_total{to="DE"} 1\n');
    expect(body).toContain('start_wait_seconds_bucket{le="1"} 0\nstart_wait_seconds_bucket{le="2"} 1\n');
  });

  it('returns the running SDK when called again, with the further systems, and reports ignored options', async () => {
    const messages: string[] = [];
    sdk = await start({ ...QUIET, systems: [hodei], logger: listLogger(messages) });
    const second = await start({ systems: [orchestrator], serviceName: 'other', views: undefined });
    expect(second).toBe(sdk);
    orchestrator.recordGenerationCreated('main');
    expect((await sdk.scrape()).body).toContain('pupsourcing_orchestrator_generations_total{replica_set="main"} 1\n');
    expect(messages.filter((message) => message.startsWith('meterbridge'))).toEqual([
      expect.stringContaining('ignored options: serviceName.'),
    ]);
  });

  it('returns one SDK to concurrent calls', async () => {
    const [first, second] = await Promise.all([start(QUIET), start(QUIET)]);
    sdk = first;
    expect(second).toBe(first);
  });

  it('rejects a catalog that defines a metric of the running SDK differently', async () => {
    sdk = await start({ ...QUIET, catalogs: [shop] });
    const [issue] = (await start({ catalogs: [conflicting] }).catch(
      (error: ConfigurationError) => error.issues,
    )) as ConfigurationError['issues'];
    expect(issue).toMatchObject({ code: 'conflict', path: 'other-shop.start_orders_total' });
  });

  it('reports a catalog given to instruments() that defines a metric differently, and throws nothing', async () => {
    const messages: string[] = [];
    sdk = await start({ ...QUIET, catalogs: [shop], logger: listLogger(messages) });
    sdk.instruments(conflicting).orders.add(1);
    expect(messages.filter((message) => message.startsWith('meterbridge conflict'))).toHaveLength(1);
  });

  it('serves on the configured port, and on further addresses until it is shut down', async () => {
    const port = await freePort();
    sdk = await start({ systems: [hodei], http: false, prometheus: { host: '127.0.0.1', port } });
    expect(sdk.urls).toEqual(
      ['/api/v1/metrics', '/health', '/ready', '/dashboard'].map((path) => `http://127.0.0.1:${port}${path}`),
    );
    const extra = await sdk.serve('127.0.0.1:0', '/other');
    const url = `http://127.0.0.1:${extra.port}/other`;
    expect(await statusOf(url)).toBe(200);
    await sdk.shutdown();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('rejects an address or a path of serve() that is invalid', async () => {
    sdk = await start(QUIET);
    await expect(sdk.serve('nowhere')).rejects.toThrow(RangeError);
    await expect(sdk.serve(0, '/health')).rejects.toMatchObject({ issues: [{ path: 'path' }] });
  });

  it('reports serve() after shutdown() and opens no server', async () => {
    const messages: string[] = [];
    sdk = await start(QUIET);
    await sdk.shutdown();
    diag.setLogger(listLogger(messages), { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
    const server = await sdk.serve('127.0.0.1:0');
    expect([server.port, server.urls]).toEqual([undefined, []]);
    expect(messages).toContainEqual(expect.stringContaining('meterbridge listen: '));
  });

  it('shows the version of the service and the readiness checks of the app', async () => {
    sdk = await start({ serviceVersion: '1.2.3', http: false, prometheus: LOCAL });
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

  it.each([{ web: { bearerToken: 'secret' } }, { bearerToken: 'secret' }])(
    'protects every server that it starts with %j',
    async (security) => {
      sdk = await start({ http: false, prometheus: { ...LOCAL, ...security } });
      const extra = await sdk.serve('127.0.0.1:0');
      for (const url of [sdk.urls[0] ?? '', `http://127.0.0.1:${extra.port}/metrics`]) {
        expect(await statusOf(url)).toBe(401);
        expect(await statusOf(url, { authorization: 'Bearer secret' })).toBe(200);
      }
    },
  );

  it('records nothing while metrics are disabled, serves an empty page, and can be started again', async () => {
    sdk = await start({ systems: [hodei], metricsEnabled: false, prometheus: LOCAL });
    hodei.recordJobScheduled('t');
    const response = await fetch(sdk.urls[0] ?? '');
    expect([response.status, await response.text()]).toEqual([200, '']);
    await sdk.shutdown();
    sdk = await start({ ...QUIET, systems: [hodei] });
    hodei.recordJobScheduled('enabled');
    expect((await sdk.scrape()).body).toContain('hodei_jobs_scheduled_total{tenant_id="enabled"} 1\n');
  });

  it('warns of an address that other hosts reach without authentication', async () => {
    const messages: string[] = [];
    sdk = await start({ http: false, logger: listLogger(messages), prometheus: { host: '0.0.0.0', port: 0 } });
    await sdk.serve(':0');
    await sdk.serve('127.0.0.1:0');
    expect(messages.filter((message) => message.startsWith('meterbridge exposure'))).toHaveLength(2);
  });

  it('reports an invalid variable and starts with the default', async () => {
    process.env.OTEL_METRIC_EXPORT_INTERVAL = '-1';
    const messages: string[] = [];
    try {
      sdk = await start({ ...QUIET, logger: listLogger(messages) });
    } finally {
      delete process.env.OTEL_METRIC_EXPORT_INTERVAL;
    }
    expect(messages).toContainEqual(
      expect.stringMatching(/^meterbridge configuration: invalid OTEL_METRIC_EXPORT_INTERVAL "-1": expected /),
    );
  });
});

describe('a start that fails', () => {
  it('leaves neither a provider nor a reader nor a logger behind, and the next one succeeds', async () => {
    const logged: string[] = [];
    const good = new PrometheusReader();
    let isShutDown = false;
    good.shutdown = async () => {
      isShutDown = true;
    };
    const bad = new PrometheusReader();
    bad.setMetricProducer = () => {
      throw new Error('the reader belongs to another provider');
    };
    await expect(start({ ...QUIET, readers: [good, bad], logger: listLogger(logged) })).rejects.toThrow(
      'the reader belongs to another provider',
    );
    expect(isShutDown).toBe(true);
    diag.warn('afterwards');
    expect(logged).not.toContain('afterwards');
    sdk = await start(QUIET);
    expect(metrics.getMeterProvider()).toBeInstanceOf(MeterProvider);
  });
});

describe('shutdown', () => {
  it('unregisters the provider, once', async () => {
    sdk = await start(QUIET);
    expect(metrics.getMeterProvider()).toBeInstanceOf(MeterProvider);
    await Promise.all([sdk.shutdown(), sdk.shutdown()]);
    await sdk.forceFlush();
    expect(metrics.getMeterProvider()).not.toBeInstanceOf(MeterProvider);
  });

  it('leaves a provider that the app has registered since', async () => {
    sdk = await start(QUIET);
    metrics.disable();
    const own = new MeterProvider({ readers: [new PrometheusReader()] });
    metrics.setGlobalMeterProvider(own);
    await sdk.shutdown();
    expect(metrics.getMeterProvider()).toBe(own);
    metrics.disable();
  });

  it('lets the next start() use the same port, also if neither call is awaited', async () => {
    const port = await freePort();
    const options = { http: false, prometheus: { host: '127.0.0.1', port } } as const;
    for (let round = 0; round < 5; round++) {
      const started = await start(options);
      void started.shutdown();
    }
    sdk = await start(options);
    expect(sdk.urls[0]).toBe(`http://127.0.0.1:${port}/metrics`);
  });

  it('lets start() settle that is still waiting for its server', async () => {
    const starting = start({ http: false, prometheus: LOCAL });
    const { running } =
      (globalThis as Record<symbol, { running: { sdk: Sdk } }>)[Symbol.for('meterbridge.sdk.1')] ?? {};
    sdk = running?.sdk;
    await Promise.all([sdk?.shutdown(), starting]);
    expect(await starting).toBe(sdk);
  });

  it('and forceFlush() end within their timeout while a reader hangs', async () => {
    const messages: string[] = [];
    const hanging = new PrometheusReader();
    hanging.forceFlush = () => new Promise(() => {});
    hanging.shutdown = () => new Promise(() => {});
    sdk = await start({ ...QUIET, readers: [hanging], logger: listLogger(messages) });
    await sdk.forceFlush({ timeoutMillis: 20 });
    await sdk.shutdown({ timeoutMillis: 20 });
    expect(messages.filter((message) => /meterbridge (export|shutdown)/.test(message))).toHaveLength(2);
  });
});

describe('exit hooks', () => {
  const EVENTS = ['SIGTERM', 'SIGINT', 'beforeExit'] as const;
  const listeners = () => EVENTS.map((event) => process.listenerCount(event));

  it('are not installed by a process that only serves Prometheus', async () => {
    const before = listeners();
    sdk = await start({ http: false, prometheus: LOCAL });
    expect(listeners()).toEqual(before);
  });

  it('are installed if metrics are pushed, and removed by shutdown()', async () => {
    const before = listeners();
    sdk = await start({ ...QUIET, exporters: ['console'] });
    expect(listeners()).toEqual(before.map((count) => count + 1));
    await sdk.shutdown();
    expect(listeners()).toEqual(before);
  });

  it('are not installed if shutdownOnExit is false', async () => {
    const before = listeners();
    sdk = await start({ ...QUIET, exporters: ['console'], shutdownOnExit: false });
    expect(listeners()).toEqual(before);
  });
});

describe('the diag logger', () => {
  function appLogger(logged: string[]): DiagLogger {
    const logger = listLogger(logged);
    diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
    return logger;
  }

  it('of the app is kept, and receives diagnostics', async () => {
    const logged: string[] = [];
    appLogger(logged);
    sdk = await start({ http: false, prometheus: { host: '0.0.0.0', port: 0 } });
    await sdk.shutdown();
    diag.warn('from the app');
    expect(logged).toEqual([expect.stringContaining('meterbridge exposure'), 'from the app']);
  });

  it('of the app is replaced by the option logger, and restored by shutdown()', async () => {
    const [logged, own]: [string[], string[]] = [[], []];
    appLogger(logged);
    sdk = await start({ ...QUIET, logger: listLogger(own) });
    diag.warn('while it runs');
    await sdk.shutdown();
    diag.warn('afterwards');
    expect(own).toContain('while it runs');
    expect(logged).toEqual(['afterwards']);
  });

  it('may have private fields', async () => {
    const logger = new PrivateLogger();
    sdk = await start({ ...QUIET, logger });
    diag.error('from a library');
    expect(logger.logged).toEqual(['from a library']);
  });

  it('that the app sets while it runs is kept by shutdown()', async () => {
    const logged: string[] = [];
    sdk = await start({ ...QUIET, logger: listLogger([]) });
    appLogger(logged);
    await sdk.shutdown();
    diag.warn('afterwards');
    expect(logged).toEqual(['afterwards']);
  });

  it('that the app sets after start() replaces the console without a warning', async () => {
    const logged: string[] = [];
    sdk = await start(QUIET);
    diag.setLogger(listLogger(logged), DiagLogLevel.WARN);
    await sdk.serve(':0');
    expect(logged).toEqual([expect.stringContaining('meterbridge exposure')]);
  });
});

describe('the host names that requests may have', () => {
  it('are localhost, IP addresses and those of the option allowedHosts', async () => {
    sdk = await start({ http: false, prometheus: { ...LOCAL, allowedHosts: ['metrics.internal'] } });
    const { port, pathname } = new URL(sdk.urls[0] as string);
    const statusFor = (host: string) =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: pathname, headers: { host, connection: 'close' } }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        })
          .once('error', reject)
          .end();
      });
    expect(await statusFor('localhost')).toBe(200);
    expect(await statusFor('metrics.internal')).toBe(200);
    expect(await statusFor('attacker.example')).toBe(421);
  });
});

describe('a configuration error', () => {
  it('lists every invalid option', async () => {
    const issues = await issuesOf({
      systems: ['hodie' as never],
      exporters: ['otpl' as never],
      exportIntervalMillis: -1,
      cardinalityLimit: 1,
      prometheus: { port: 70_000, path: 'metrics', maxRequests: 0, portRetryMillis: -1, web: { bearerToken: '' } },
      colour: 'red',
    } as StartOptions);
    expect(issues.map(({ path }) => path)).toEqual([
      'colour',
      'systems',
      'exporters',
      'exportIntervalMillis',
      'cardinalityLimit',
      'prometheus.port',
      'prometheus.path',
      'prometheus.maxRequests',
      'prometheus.portRetryMillis',
      'prometheus.web.bearerToken',
    ]);
  });

  it('refuses two systems that are documented at one port', async () => {
    expect(await issuesOf({ http: false, systems: [hodei, allsource] })).toEqual([
      expect.objectContaining({ code: 'duplicate', path: 'systems', received: 'hodei, allsource' }),
    ]);
  });

  it('refuses two definitions of one metric that differ', async () => {
    expect(await issuesOf({ ...QUIET, catalogs: [shop, conflicting] })).toEqual([
      expect.objectContaining({ code: 'conflict', path: 'other-shop.start_orders_total' }),
    ]);
  });

  it.each([
    ['METERBRIDGE_BEARER_TOKEN', ''],
    ['METERBRIDGE_WEB_CONFIG_FILE', '/nothing.yml'],
    ['METERBRIDGE_BEARER_TOKN', 'secret'],
  ])('refuses %s=%j, which was meant to protect the endpoint', async (name, value) => {
    process.env[name] = value;
    try {
      const [issue] = await issuesOf({ http: false, prometheus: LOCAL });
      expect(issue?.path).toContain(name === 'METERBRIDGE_WEB_CONFIG_FILE' ? value : name);
    } finally {
      delete process.env[name];
    }
  });

  it('leaves nothing behind: no timer, no listener, no provider, no logger', async () => {
    const timers = () => process.getActiveResourcesInfo().length;
    const before = [timers(), process.listenerCount('SIGTERM')];
    const other = new MeterProvider({ readers: [new PrometheusReader()] });
    metrics.setGlobalMeterProvider(other);
    const { wait } = createInstruments(other.getMeter('shop'), unfillable);
    const logger = new PrivateLogger();
    const options = {
      logger,
      exporters: ['console'],
      exportIntervalMillis: 50,
      prometheus: { server: false },
    } as const;
    for (let i = 0; i < 20; i++) {
      // The labels of these instruments are checked last.
      expect(await issuesOf({ ...options, http: { record: { duration: wait } } } as StartOptions)).toHaveLength(1);
    }
    expect(metrics.getMeterProvider()).toBe(other);
    metrics.disable();
    await until(() => (timers() <= (before[0] ?? 0) ? true : undefined));
    expect(process.listenerCount('SIGTERM')).toBe(before[1]);
  });
});
