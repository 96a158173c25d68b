import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type RequestListener } from 'node:http';
import { setHttpRoute } from 'meterbridge';
import { describe, expect, it } from 'vitest';
import {
  afterTest,
  get,
  grown,
  growthOf,
  listen,
  measureWith,
  open,
  requests,
  SOURCES,
  scrape,
  untilInFlight,
} from './measured';

const answer: RequestListener = (request, response) => {
  if (request.url?.startsWith('/jobs/')) setHttpRoute(request, '/jobs/:id');
  response.end('ok');
};

describe.each(SOURCES)('HTTP server requests measured with the source %s', (source) => {
  const running = measureWith(source, {
    ignore: (request) => request.url === '/ignored',
    routeOf: (request) => {
      if (request.url === '/route/fails') throw new Error('no idea');
      return /^\/files\//.test(request.url ?? '') ? '/files/*' : undefined;
    },
  });
  const growth = (...args: [work: () => Promise<unknown>, series: string, count?: number]) =>
    growthOf(running.sdk, ...args);
  const inFlight = (count: number) => untilInFlight(running.sdk, count);

  it('have the route of setHttpRoute or of the option routeOf, and one value without either', async () => {
    const url = await listen(answer);
    await growth(() => get(`${url}/jobs/1`), requests('GET', '/jobs/:id', 200));
    await growth(() => get(`${url}/files/a/b`), requests('GET', '/files/*', 200));
    await growth(() => get(`${url}/a/b/c?d=e`), requests('GET', 'unmatched', 200));
    await growth(() => get(`${url}/route/fails`), requests('GET', 'unmatched', 200));
  });

  it('are counted one by one on a kept connection, with unknown methods as _OTHER', async () => {
    const { port } = new URL(await listen(answer));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    afterTest(() => agent.destroy());
    const call = (method: string) =>
      new Promise<void>((resolve, reject) => {
        const request = httpRequest({ port, host: '127.0.0.1', agent, method, path: '/jobs/1' }, (response) => {
          response.resume().on('end', resolve);
        });
        request.on('error', reject).end();
      });
    const work = async () => {
      for (let i = 0; i < 5; i++) await call('GET');
    };
    await growth(work, requests('GET', '/jobs/:id', 200), 5);
    await growth(() => call('PROPFIND'), requests('_OTHER', '/jobs/:id', 200));
  });

  it('have the status 499 if the client closes the connection before a response', async () => {
    const url = await listen((request) => setHttpRoute(request, '/hangs'));
    await inFlight(0);
    const grew = await growth(
      async () => {
        const socket = await open(url, 'GET /hangs HTTP/1.1\r\nhost: x\r\n\r\n');
        await inFlight(1);
        socket.destroy();
      },
      requests('GET', '/hangs', 499),
    );
    expect(grew.get(requests('GET', '/hangs', 200))).toBeUndefined();
    await inFlight(0);
    const page = await scrape(running.sdk);
    const series = [...page.keys()].find((name) => /^http_server_request_duration_seconds_count.*\/hangs/.test(name));
    expect(series).toContain('error_type="aborted"');
    expect(series).not.toContain('http_response_status_code');
  });

  it('have the status 499 if the app destroys the connection before a response', async () => {
    const url = await listen((request) => void request.socket.destroy());
    await growth(() => open(url, 'GET /destroyed HTTP/1.1\r\nhost: x\r\n\r\n'), requests('GET', 'unmatched', 499));
    await inFlight(0);
  });

  it('keep the status of a response that is cut off', async () => {
    const url = await listen((request, response) => {
      setHttpRoute(request, '/stream');
      response.write('the beginning');
    });
    await growth(
      async () => {
        const socket = await open(url, 'GET /stream HTTP/1.1\r\nhost: x\r\n\r\n');
        await once(socket, 'data');
        socket.destroy();
      },
      requests('GET', '/stream', 200),
    );
    await inFlight(0);
  });

  it('end with the connection when they are pipelined and never answered', async () => {
    const url = await listen((request) => setHttpRoute(request, '/pipeline'));
    const head = 'GET /pipeline HTTP/1.1\r\nhost: x\r\n\r\n';
    await growth(
      async () => {
        const socket = await open(url, head.repeat(3));
        await inFlight(3);
        socket.destroy();
      },
      requests('GET', '/pipeline', 499),
      3,
    );
    await inFlight(0);
  });

  it('have the status of each response when they are pipelined', async () => {
    let status = 200;
    const url = await listen((request, response) => {
      setHttpRoute(request, '/pipelined');
      response.writeHead(status++).end('ok');
    });
    const work = () => open(url, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(3));
    const grew = await growth(work, requests('GET', '/pipelined', 202));
    for (const each of [200, 201, 202]) expect(grew.get(requests('GET', '/pipelined', each))).toBe(1);
  });

  it('have the route that a function returns when the response ends, and none if it throws', async () => {
    const url = await listen((request, response) => {
      let route: string | undefined;
      setHttpRoute(request, () => {
        if (request.url === '/throws') throw new Error('broken');
        return route;
      });
      route = '/late/:id';
      response.end('ok');
    });
    await growth(() => get(`${url}/late/7`), requests('GET', '/late/:id', 200));
    await growth(() => get(`${url}/throws`), requests('GET', 'unmatched', 200));
  });

  it('have the status 408 if the server times out waiting for the body', async () => {
    const server = createServer({ connectionsCheckingInterval: 10 }, (request) => {
      setHttpRoute(request, '/slow');
      request.resume();
      // Set here, because the time until the head of the request has arrived depends on the machine.
      server.headersTimeout = 1;
      server.requestTimeout = 1;
    });
    const url = await listen(server);
    await growth(
      () => open(url, 'POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\na'),
      requests('POST', '/slow', 408),
    );
    await inFlight(0);
  });

  it('have the status 400 if the body is malformed', async () => {
    const url = await listen((request) => {
      setHttpRoute(request, '/malformed');
      request.resume();
    });
    await growth(
      () => open(url, 'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n'),
      requests('POST', '/malformed', 400),
    );
  });

  it('have the final status after 100 Continue and 103 Early Hints', async () => {
    const url = await listen((request, response) => {
      setHttpRoute(request, '/informed');
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      request.resume().on('end', () => response.writeHead(201).end());
    });
    const head = 'POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n';
    const work = async () => {
      const socket = await open(url, head);
      await once(socket, 'data');
      socket.write('ok');
    };
    await growth(work, requests('POST', '/informed', 201));
  });

  it('end with the response when the body has trailers, and when the method is HEAD', async () => {
    const url = await listen((request, response) => {
      setHttpRoute(request, '/trailers');
      if (request.method === 'GET') {
        response.writeHead(200, { trailer: 'x-sum' }).write('some');
        response.addTrailers({ 'x-sum': '1' });
      }
      response.end('thing');
    });
    await growth(() => get(url), requests('GET', '/trailers', 200));
    await growth(() => get(url, { method: 'HEAD' }), requests('HEAD', '/trailers', 200));
  });

  it('are counted while they are in flight', async () => {
    const waiting: (() => void)[] = [];
    const url = await listen((_, response) => void waiting.push(() => response.end('done')));
    await inFlight(0);
    const calls = [get(`${url}/1`), get(`${url}/2`)];
    await inFlight(2);
    for (const end of waiting) end();
    await Promise.all(calls);
    await inFlight(0);
  });

  it('include those of handlers that are mounted in a server of the app', async () => {
    const url = await listen((request, response) => {
      if (request.url === '/metrics') running.sdk.handler(request, response);
      else running.sdk.healthHandler(request, response);
    });
    const work = async () => {
      await get(`${url}/metrics`);
      await get(`${url}/health`);
    };
    await growth(work, requests('GET', 'unmatched', 200), 2);
  });

  it('do not include requests to a server of the SDK, nor those that the option ignore selects', async () => {
    const server = await running.sdk.serve(0);
    const url = await listen(answer);
    const work = async () => {
      await get(`http://127.0.0.1:${server.port}/metrics`);
      await get(`${url}/ignored`);
      await get(`${url}/jobs/1`);
    };
    const grew = await growth(work, requests('GET', '/jobs/:id', 200));
    expect(grown(grew, 'http_requests_total')).toEqual([requests('GET', '/jobs/:id', 200)]);
    const [series, ...others] = grown(grew, 'http_server_request_duration_seconds_count');
    expect(series).toContain('http_route="/jobs/:id"');
    expect(others).toEqual([]);
    await inFlight(0);
  });

  it('record the sizes of bodies that have a Content-Length', async () => {
    const url = await listen((request, response) => {
      setHttpRoute(request, '/sizes');
      request.resume().on('end', () => response.setHeader('content-length', 2).end('ok'));
    });
    const grew = await growth(() => get(url, { method: 'POST', body: 'four' }), requests('POST', '/sizes', 200));
    const [received] = grown(grew, 'http_server_request_body_size_bytes_sum');
    const [sent] = grown(grew, 'http_server_response_body_size_bytes_sum');
    expect(grew.get(received ?? '')).toBe(4);
    expect(grew.get(sent ?? '')).toBe(2);
  });

  it('record one duration in the metric of the semantic conventions', async () => {
    const url = await listen(answer);
    const grew = await growth(() => get(`${url}/jobs/1`), requests('GET', '/jobs/:id', 200));
    const counts = grown(grew, 'http_server_request_duration_seconds_count');
    expect(counts).toHaveLength(1);
    for (const label of ['http_request_method="GET"', 'http_route="/jobs/:id"', 'http_response_status_code="200"']) {
      expect(counts[0]).toContain(label);
    }
  });
});
