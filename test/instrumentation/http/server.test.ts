import { Agent, createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import express from 'express';
import fastify from 'fastify';
import { type Sdk, setHttpRoute, start } from 'meterbridge';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { samples } from '../../examples/programs';
import { until } from '../../servers/processes';

let sdk: Sdk;
beforeAll(async () => {
  sdk = await start({
    systems: ['ticker', 'hodei', 'allsource', 'control-plane'],
    host: false,
    shutdownOnExit: false,
    prometheus: { server: false },
    http: {
      routeOf: (request) => {
        if (request.url === '/route/fails') throw new Error('no idea');
        return /^\/files\//.test(request.url ?? '') ? '/files/*' : undefined;
      },
    },
  });
});
afterAll(() => sdk.shutdown());

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const page = async () => samples((await sdk.scrape()).body);

/** Waits until a series has grown by `count` while `work` was done; gives how every series has grown. */
async function growthOf(work: () => Promise<unknown>, series: string, count = 1): Promise<Map<string, number>> {
  const before = await page();
  await work();
  return until(async () => {
    const after = await page();
    const growth = new Map([...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const));
    return (growth.get(series) ?? 0) >= count ? growth : undefined;
  }, 5000);
}

const get = (url: string, init?: RequestInit) => fetch(url, init).then((response) => response.text());

const requests = (method: string, endpoint: string, status: string | number) =>
  `http_requests_total{method="${method}",endpoint="${endpoint}",status="${status}"}`;

describe('the routes of express', () => {
  const app = () => {
    const users = express.Router();
    users.get('/', (_, response) => void response.send('all'));
    users.get('/:id', (_, response) => void response.send('one'));
    const tenant = express.Router({ mergeParams: true });
    tenant.use('/users', users);
    const root = express();
    root.use('/tenants/:tenant', tenant);
    root.get('/plain', (_, response) => void response.send('plain'));
    root.get('/fails', () => {
      throw new Error('broken');
    });
    root.use((_error: Error, _request: unknown, response: express.Response, _next: unknown) => {
      response.status(500).send('failed');
    });
    return root;
  };

  it.each([
    ['GET', '/plain?x=1', '/plain', 200],
    ['HEAD', '/plain', '/plain', 200],
    ['GET', '/tenants/42/users/7', '/tenants/:tenant/users/:id', 200],
    ['GET', '/tenants/42/users', '/tenants/:tenant/users', 200],
    ['GET', '/tenants/42/nothing', 'unmatched', 404],
    ['GET', '/nothing', 'unmatched', 404],
    ['POST', '/plain', 'unmatched', 404],
    ['GET', '/fails', '/fails', 500],
  ])('%s %s is %s, %i', async (method, path, endpoint, status) => {
    const url = await listening(app());
    const growth = await growthOf(() => get(url + path, { method }), requests(method, endpoint, status));
    expect(growth.get(`http_request_duration_seconds_count{method="${method}",endpoint="${endpoint}"}`)).toBe(1);
    expect(
      growth.get(`hodei_http_requests_total{method="${method}",endpoint="${endpoint}",status_code="${status}"}`),
    ).toBe(1);
    expect(growth.get('hodei_http_request_duration_seconds_count')).toBe(1);
    expect(growth.get(`allsource_${requests(method, endpoint, status)}`)).toBe(1);
    expect(growth.get(`control_plane_${requests(method, endpoint === 'unmatched' ? '' : endpoint, status)}`)).toBe(1);
  });
});

describe('the routes of fastify', () => {
  it.each([
    ['GET', '/users/7', '/users/:id', 200],
    ['HEAD', '/users/7', '/users/:id', 200],
    ['GET', '/nothing/at/all', 'unmatched', 404],
    ['POST', '/refused', '/refused', 401],
    ['POST', '/strict', '/strict', 400],
    ['GET', '/fails', '/fails', 500],
  ])('%s %s is %s, %i', async (method, path, endpoint, status) => {
    const app = fastify();
    app.get('/users/:id', async () => 'one');
    app.post('/refused', { onRequest: async (_, reply) => reply.code(401).send('no') }, async () => 'yes');
    app.post('/strict', { schema: { body: { type: 'object', required: ['a'] } } }, async () => 'yes');
    app.get('/fails', async () => {
      throw new Error('broken');
    });
    closers.push(() => app.close());
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    await growthOf(() => get(url + path, { method }), requests(method, endpoint, status));
  });
});

describe('a server without a framework', () => {
  const answer: RequestListener = (request, response) => {
    if (request.url?.startsWith('/jobs/')) setHttpRoute(request, '/jobs/:id');
    response.end('ok');
  };

  it('names routes by setHttpRoute or routeOf; what nobody names is one value', async () => {
    const url = await listening(answer);
    await growthOf(() => get(`${url}/jobs/1`), requests('GET', '/jobs/:id', 200));
    await growthOf(() => get(`${url}/files/a/b`), requests('GET', '/files/*', 200));
    await growthOf(() => get(`${url}/a/b/c?d=e`), requests('GET', 'unmatched', 200));
    await growthOf(() => get(`${url}/route/fails`), requests('GET', 'unmatched', 200));
  });

  it('counts each request of a kept connection, and methods that nobody knows as one', async () => {
    const url = new URL(await listening(answer));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    closers.push(() => agent.destroy());
    const call = (method: string) =>
      new Promise<void>((resolve, reject) => {
        const request = httpRequest(
          { port: url.port, host: '127.0.0.1', agent, method, path: '/jobs/1' },
          (response) => {
            response.resume().on('end', resolve);
          },
        );
        request.on('error', reject).end();
      });
    await growthOf(
      async () => {
        for (let i = 0; i < 5; i++) await call('GET');
      },
      requests('GET', '/jobs/:id', 200),
      5,
    );
    await growthOf(() => call('PROPFIND'), requests('_OTHER', '/jobs/:id', 200));
  });

  it('counts a request that was never answered as 499, not as 200', async () => {
    const url = new URL(
      await listening((request) => {
        setHttpRoute(request, '/hangs');
      }),
    );
    const growth = await growthOf(
      async () => {
        const socket = connect(Number(url.port), '127.0.0.1');
        await new Promise<void>((resolve) => socket.write('GET /hangs HTTP/1.1\r\nhost: x\r\n\r\n', () => resolve()));
        await new Promise((resolve) => setTimeout(resolve, 100));
        socket.destroy();
      },
      requests('GET', '/hangs', 499),
    );
    expect(growth.get(requests('GET', '/hangs', 200))).toBeUndefined();
  });

  it('knows how many requests are in flight', async () => {
    const waiting: (() => void)[] = [];
    const url = await listening((_, response) => void waiting.push(() => response.end('done')));
    const inFlight = async () => (await page()).get('allsource_http_requests_in_flight');
    const before = (await inFlight()) ?? 0;
    const calls = [get(`${url}/1`), get(`${url}/2`)];
    await until(async () => ((await inFlight()) === before + 2 ? true : undefined));
    for (const end of waiting) end();
    await Promise.all(calls);
    await until(async () => ((await inFlight()) === before ? true : undefined));
    expect(waiting).toHaveLength(2);
  });

  it('leaves out scrapes and probes, and keeps the semantic-convention metric', async () => {
    const url = await listening((request: IncomingMessage, response) => {
      if (request.url === '/metrics') sdk.handler(request, response);
      else if (request.url === '/health') sdk.healthHandler(request, response);
      else answer(request, response);
    });
    const growth = await growthOf(
      async () => {
        await get(`${url}/metrics`);
        await get(`${url}/health`);
        await get(`${url}/jobs/1`);
      },
      requests('GET', '/jobs/:id', 200),
    );
    const total = [...growth]
      .filter(([name]) => name.startsWith('http_requests_total{'))
      .reduce((sum, [, n]) => sum + n, 0);
    expect(total).toBe(1);
    const semconv = [...growth].filter(
      ([name, n]) => name.startsWith('http_server_request_duration_seconds_count{') && n > 0,
    );
    expect(semconv).toHaveLength(1);
    expect(semconv[0]?.[0]).toContain('http_route="/jobs/:id"');
  });
});
