import { channel } from 'node:diagnostics_channel';
import { Agent, request as httpRequest, Server } from 'node:http';
import type { Socket } from 'node:net';
import { setHttpRoute, start } from 'meterbridge';
import { allsource } from 'meterbridge/systems/allsource';
import { ticker } from 'meterbridge/systems/ticker';
import { describe, expect, it } from 'vitest';
import { afterTest, get, growthOf, listen, requests, SOURCES } from './measured';

const CHANNELS = [
  'http.server.request.start',
  'http.server.response.finish',
  'http.client.request.start',
  'http.client.response.finish',
  'http.client.request.error',
  'undici:request:create',
  'undici:request:headers',
  'undici:request:trailers',
  'undici:request:error',
  'fastify.initialization',
  'tracing:fastify.request.handler:start',
];

describe.each(SOURCES)('HTTP measurement with the source %s', (source) => {
  it('measures after every start, and leaves no listener and no patch after a shutdown', async () => {
    const sockets = new Set<Socket>();
    const url = await listen((request, response) => {
      sockets.add(request.socket);
      setHttpRoute(request, '/again');
      response.end('ok');
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    afterTest(() => agent.destroy());
    const getKept = () =>
      new Promise<void>((resolve, reject) => {
        const request = httpRequest(url, { agent }, (response) => response.resume().on('end', resolve));
        request.on('error', reject).end();
      });
    await getKept();
    const [socket] = sockets;
    const listeners = socket?.listenerCount('close');
    const emit = Server.prototype.emit;
    for (let round = 0; round < 3; round++) {
      const sdk = await start({
        systems: [ticker],
        hostMetrics: false,
        prometheus: { server: false },
        http: { source },
      });
      await growthOf(sdk, () => Promise.all([get(url), getKept()]), requests('GET', '/again', 200), 2);
      await sdk.shutdown();
      expect(CHANNELS.filter((name) => channel(name).hasSubscribers)).toEqual([]);
      expect(socket?.listenerCount('close')).toBe(listeners);
      expect(Server.prototype.emit).toBe(emit);
    }
  });

  it('counts no request below zero that was in flight during a restart', async () => {
    const waiting: (() => void)[] = [];
    const url = await listen((_, response) => void waiting.push(() => response.end('done')));
    const options = {
      systems: [allsource],
      hostMetrics: false,
      prometheus: { server: false },
      http: { source },
    } as const;
    const first = await start(options);
    const call = get(url);
    await growthOf(first, async () => {}, 'allsource_http_requests_in_flight', 0);
    while (waiting.length === 0) await new Promise(setImmediate);
    await first.shutdown();
    const second = await start(options);
    waiting[0]?.();
    await call;
    const { body } = await second.scrape();
    expect(body).toContain('\nallsource_http_requests_in_flight 0\n');
    await second.shutdown();
  });
});
