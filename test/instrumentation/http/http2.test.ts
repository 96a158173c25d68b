import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { setHttpRoute } from 'meterbridge';
import { describe, expect, it } from 'vitest';
import { until } from '../../servers/processes';
import { afterTest, grown, measureWith, requests, scrape, untilInFlight } from './measured';

/** Whether this version of Node.js publishes the streams of HTTP/2 servers. */
async function publishesStreams(): Promise<boolean> {
  let isPublished = false;
  const onStart = () => {
    isPublished = true;
  };
  subscribe('http2.server.stream.start', onStart);
  const session = await connectTo(createServer((_, response) => response.end()));
  await send(session, '/');
  unsubscribe('http2.server.stream.start', onStart);
  return isPublished;
}

async function connectTo(server: Http2Server): Promise<ClientHttp2Session> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  afterTest(() => session.destroy());
  afterTest(() => server.close());
  return session;
}

function send(session: ClientHttp2Session, path: string, method = 'GET'): Promise<void> {
  return new Promise((resolve) => {
    session
      .request({ ':path': path, ':method': method })
      .on('error', () => {})
      .on('close', resolve)
      .resume()
      .end();
  });
}

describe('requests of HTTP/2 servers', () => {
  const running = measureWith('channels');

  /** Does some work, and expects that it is measured as one request where Node.js publishes streams, otherwise not. */
  async function expectMeasured(work: () => Promise<unknown>, series: string, semconv: string): Promise<void> {
    const count = (await publishesStreams()) ? 1 : 0;
    const before = await scrape(running.sdk);
    await work();
    const growth = await until(async () => {
      const after = await scrape(running.sdk);
      const difference = new Map([...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const));
      return (difference.get(series) ?? 0) >= count ? difference : undefined;
    });
    expect(growth.get(series) ?? 0).toBe(count);
    const names = grown(growth, 'http_server_request_duration_seconds_count');
    expect(
      names.filter((name) => name.includes('network_protocol_version="2"') && name.includes(semconv)),
    ).toHaveLength(count);
    await untilInFlight(running.sdk, 0);
  }

  it('have the status and the route that is set on the request', async () => {
    const session = await connectTo(
      createServer((request, response) => {
        setHttpRoute(request, '/compatible/:id');
        response.writeHead(201).end('ok');
      }),
    );
    await expectMeasured(
      () => send(session, '/compatible/7'),
      requests('GET', '/compatible/:id', 201),
      '/compatible/:id',
    );
  });

  it('have the route that is set on the stream', async () => {
    const server = createServer();
    server.on('stream', (stream) => {
      setHttpRoute(stream, '/streams/:id');
      stream.respond({ ':status': 500 });
      stream.end('failed');
    });
    const session = await connectTo(server);
    await expectMeasured(
      () => send(session, '/streams/7', 'PUT'),
      requests('PUT', '/streams/:id', 500),
      'error_type="500"',
    );
  });

  it('have the status 499 if the client resets the stream', async () => {
    const server = createServer((request) => setHttpRoute(request, '/resets'));
    const session = await connectTo(server);
    const work = async () => {
      const arrived = once(server, 'request');
      const stream = session.request({ ':path': '/' }).on('error', () => {});
      await arrived;
      stream.close(8);
    };
    await expectMeasured(work, requests('GET', '/resets', 499), 'error_type="aborted"');
  });

  it('have the routes of fastify', async () => {
    const app = fastify({ http2: true });
    app.get('/users/:id', async () => 'one');
    afterTest(() => app.close());
    await app.ready();
    const session = await connectTo(app.server as unknown as Http2Server);
    await expectMeasured(() => send(session, '/users/7'), requests('GET', '/users/:id', 200), '/users/:id');
  });
});
