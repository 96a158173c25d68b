import { createNoopMeter } from '@opentelemetry/api';
import {
  createHttpRecorder,
  createInstruments,
  deferredInstruments,
  defineCatalog,
  setHttpRoute,
  start,
} from 'meterbridge';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { get, growthOf, listen } from './measured';

const web = defineCatalog({
  name: 'web',
  metrics: {
    seconds: {
      name: 'web_request_seconds',
      instrument: 'histogram',
      description: 'Seconds of a request',
      labels: { method: ['GET', 'POST', '_OTHER'], route: 'string', status: 'string' },
    },
    requests: {
      name: 'web_requests',
      instrument: 'counter',
      description: 'Requests',
      labels: { route: 'string', code: 'string' },
    },
    inFlight: { name: 'web_in_flight', instrument: 'updowncounter', description: 'Open', labels: { method: 'string' } },
    received: {
      name: 'web_received_bytes',
      instrument: 'histogram',
      description: 'Bytes received',
      buckets: [10, 100],
    },
    sent: { name: 'web_sent_bytes', instrument: 'histogram', description: 'Bytes sent', buckets: [10, 100] },
    tenants: { name: 'web_tenants', instrument: 'counter', description: 'By tenant', labels: { tenant: 'string' } },
  },
});
const instruments = deferredInstruments(web);

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function startWith(http: object, env: NodeJS.ProcessEnv = {}) {
  Object.assign(process.env, env);
  const sdk = await start({
    catalogs: [web],
    hostMetrics: false,
    logger: false,
    prometheus: { server: false },
    http,
  }).finally(() => {
    for (const name of Object.keys(env)) delete process.env[name];
  });
  stops.push(() => sdk.shutdown());
  return sdk;
}

const server = () =>
  listen((request, response) => {
    if (request.url !== '/other') setHttpRoute(request, '/things/:id');
    request.resume().on('end', () => {
      response.setHeader('content-length', 4);
      response.statusCode = request.url === '/fails' ? 503 : 200;
      response.end('done');
    });
  });

describe('the option http.record', () => {
  it('records requests in the instruments of any catalog, with labels by their names', async () => {
    const { seconds: duration, requests, inFlight, received: requestSize, sent: responseSize } = instruments;
    const sdk = await startWith({ record: { duration, requests, inFlight, requestSize, responseSize } });
    const url = await server();
    const work = () => get(`${url}/things/1`, { method: 'POST', body: 'some' });
    const growth = await growthOf(sdk, work, 'web_requests{route="/things/:id",code="200"}');
    expect(growth.get('web_request_seconds_count{method="POST",route="/things/:id",status="200"}')).toBe(1);
    expect(growth.get('web_in_flight{method="POST"}')).toBe(0);
    expect(growth.get('web_received_bytes_sum')).toBe(4);
    expect(growth.get('web_sent_bytes_sum')).toBe(4);
    await growthOf(sdk, () => get(`${url}/other`), 'web_requests{route="unmatched",code="200"}');
    await growthOf(
      sdk,
      () => get(url, { method: 'PUT' }),
      'web_request_seconds_count{method="_OTHER",route="/things/:id",status="200"}',
    );
  });

  it('records classes of statuses and another value for unmatched routes', async () => {
    const sdk = await startWith({ record: { requests: instruments.requests }, statusClasses: true, unmatched: 'none' });
    const url = await server();
    await growthOf(sdk, () => get(`${url}/fails`), 'web_requests{route="/things/:id",code="5xx"}');
    await growthOf(sdk, () => get(`${url}/other`), 'web_requests{route="none",code="2xx"}');
  });

  it('records the labels that a function returns, each instrument those of its definition', async () => {
    const sdk = await start({
      catalogs: [web],
      hostMetrics: false,
      logger: false,
      prometheus: { server: false },
      http: {
        record: { requests: instruments.tenants, duration: instruments.seconds },
        labels: ({ request, method, route, status }) => ({
          tenant: request.headers['x-tenant'] === 'a' ? 'a' : 'other',
          method: method === 'GET' ? 'GET' : 'POST',
          route,
          status: status < 500 ? 'good' : 'bad',
        }),
      },
    });
    stops.push(() => sdk.shutdown());
    const url = await server();
    const growth = await growthOf(sdk, () => get(url, { headers: { 'x-tenant': 'a' } }), 'web_tenants{tenant="a"}');
    expect(growth.get('web_request_seconds_count{method="GET",route="/things/:id",status="good"}')).toBe(1);
  });

  it('reports a function for labels that throws, and answers the request', async () => {
    const sdk = await startWith({
      record: { requests: instruments.tenants },
      labels: () => {
        throw new Error('no labels');
      },
    });
    const url = await server();
    expect(await get(url)).toBe('done');
    const { body } = await sdk.scrape();
    expect(body).not.toContain('web_tenants{');
  });

  it('rejects an instrument with a label that cannot be filled', async () => {
    const { tenants, inFlight } = createInstruments(createNoopMeter(), web);
    expect(() => createHttpRecorder({ requests: tenants, inFlight })).toThrowError(
      expect.objectContaining({
        issues: [expect.objectContaining({ code: 'invalid_value', path: 'record.requests.labels' })],
      }),
    );
  });

  it('types the labels by the instruments', () => {
    const { tenants, seconds } = instruments;
    createHttpRecorder(
      { requests: tenants, duration: seconds },
      {
        labels: (exchange) => {
          expectTypeOf(exchange.status).toEqualTypeOf<number>();
          return { tenant: 'a', method: 'GET', route: exchange.route, status: '200' };
        },
      },
    );
    // @ts-expect-error: the label tenant is missing
    createHttpRecorder({ requests: tenants }, { labels: () => ({}) });
    // @ts-expect-error: the method is none of the closed values
    createHttpRecorder({ duration: seconds }, { labels: () => ({ method: 'BREW', route: '/', status: '200' }) });
    // @ts-expect-error: a counter cannot record durations
    expect(() => createHttpRecorder({ duration: tenants })).toThrow();
  });
});

describe('a metric with a role', () => {
  const roles = defineCatalog({
    name: 'roles',
    metrics: {
      seconds: { name: 'roles_seconds', instrument: 'histogram', description: 'Seconds', http: 'duration' },
      requests: {
        name: 'roles_requests',
        instrument: 'counter',
        description: 'Requests',
        labels: { path: 'string' },
        http: 'requests',
      },
      open: { name: 'roles_open', instrument: 'updowncounter', description: 'Open', http: 'in_flight' },
    },
  });

  it('records the requests of every server when its catalog is started', async () => {
    const sdk = await start({ catalogs: [roles], hostMetrics: false, logger: false, prometheus: { server: false } });
    stops.push(() => sdk.shutdown());
    await start({ catalogs: [roles] });
    const url = await server();
    const growth = await growthOf(sdk, () => get(url), 'roles_requests{path="/things/:id"}');
    expect(growth.get('roles_requests{path="/things/:id"}')).toBe(1);
    expect(growth.get('roles_seconds_count')).toBe(1);
    expect(growth.get('roles_open')).toBe(0);
  });

  it.each([
    ['requests', 'histogram', 'not_applicable'],
    ['magic', 'counter', 'invalid_value'],
  ])('is rejected if the role %s does not fit a %s', (http, instrument, code) => {
    const metrics = { metric: { name: 'metric', instrument, description: '', http } } as never;
    expect(() => defineCatalog({ name: 'bad', metrics })).toThrowError(
      expect.objectContaining({ issues: [expect.objectContaining({ code, path: 'bad.metrics.metric.http' })] }),
    );
  });
});

describe('further options of http', () => {
  it('leave out the metrics of the semantic conventions', async () => {
    const sdk = await startWith({ semconv: false, record: { requests: instruments.requests } });
    const url = await server();
    const growth = await growthOf(sdk, () => get(url), 'web_requests{route="/things/:id",code="200"}');
    expect([...growth.keys()].filter((name) => name.startsWith('http_'))).toEqual([]);
  });

  it('list other methods for the metrics of the semantic conventions', async () => {
    const sdk = await startWith(
      { record: { requests: instruments.requests } },
      { OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: 'GET,PROPFIND' },
    );
    const url = await server();
    const work = async () => {
      await get(url, { method: 'PROPFIND' });
      await get(url, { method: 'POST' });
    };
    await growthOf(sdk, work, 'web_requests{route="/things/:id",code="200"}', 2);
    const { body } = await sdk.scrape();
    expect(body).toMatch(/^http_server_request_duration_seconds_count\{http_request_method="PROPFIND"/m);
    expect(body).toMatch(/^http_server_request_duration_seconds_count\{http_request_method="_OTHER"/m);
    expect(body).not.toMatch(/^http_server_request_duration_seconds_count\{http_request_method="POST"/m);
  });

  it.each([
    ['an option', { ignore: ['/ignored', '/assets/*'] }, {}],
    ['a variable', {}, { METERBRIDGE_HTTP_IGNORE: '/ignored,/assets/*' }],
  ])('ignore paths given as %s', async (_, options, env) => {
    const sdk = await startWith({ record: { requests: instruments.requests }, ...options }, env);
    const url = await server();
    const work = async () => {
      for (const path of ['/ignored?x=1', '/assets/a/b', '/ignored/not']) await get(url + path);
    };
    const growth = await growthOf(sdk, work, 'web_requests{route="/things/:id",code="200"}');
    expect(growth.get('web_requests{route="/things/:id",code="200"}')).toBe(1);
  });

  it('reject a source that does not exist', async () => {
    await expect(start({ http: { source: 'magic' as never } })).rejects.toThrow('http.source');
  });
});
