import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { expositionHandler } from '../../src/http/handlers';
import type { Route } from '../../src/http/router';
import { ROOT, run, until } from '../servers/processes';
import { listen, manyBytes, open, textHandler } from './servers';

const MEGABYTE = 2 ** 20;
const REQUEST = 'GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n';

/** A route that counts the pieces that were taken from its document. */
function largeRoute(bytes: number) {
  const taken = { bytes: 0, ends: 0 };
  const body = function* () {
    try {
      for (const piece of manyBytes(bytes)) {
        taken.bytes += piece.length;
        yield piece;
      }
    } finally {
      taken.ends++;
    }
  };
  const handler = expositionHandler(async () => ({ status: 200, contentType: 'text/plain', body: body() }));
  const route: Route = { path: '/large', handler };
  return { route, taken };
}

/** Sends requests and reads nothing of the responses. */
async function openUnread(port: number, requests = REQUEST): Promise<Socket> {
  const socket = await open(port);
  socket.pause();
  socket.write(requests);
  return socket;
}

describe('a slow client', () => {
  it('a slow client uses no more memory than its connection buffers when it does not read, and is disconnected within seconds', async () => {
    const { route, taken } = largeRoute(100 * MEGABYTE);
    const { port, url } = await listen({}, [route, { path: '/metrics', handler: textHandler('document') }]);
    await openUnread(port);
    await until(() => (taken.ends === 1 ? true : undefined), 10_000);
    expect(taken.bytes).toBeLessThan(50 * MEGABYTE);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  it('a slow client cannot block other requests for longer than some seconds by not reading', async () => {
    const { route, taken } = largeRoute(100 * MEGABYTE);
    const { port, url } = await listen({ maxRequests: 4 }, [
      route,
      { path: '/metrics', handler: textHandler('document') },
      { path: '/health', handler: textHandler('healthy'), isProbe: true },
    ]);
    await Promise.all(Array.from({ length: 4 }, () => openUnread(port)));
    await until(async () => ((await fetch(`${url}/metrics`)).status === 503 ? true : undefined));
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await until(() => (taken.ends === 4 ? true : undefined), 10_000);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  }, 20_000);

  it('a slow client is disconnected when it does not read small responses to pipelined requests', async () => {
    const { port } = await listen();
    const socket = await openUnread(port, 'GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(50_000));
    const isGone = new Promise((resolve) => socket.once('error', resolve));
    // The socket fills up with responses; writing then shows whether the server is still there.
    const writing = setInterval(() => socket.write('GET /nothing HTTP/1.1\r\nhost: localhost\r\n\r\n'), 200);
    await isGone;
    clearInterval(writing);
  }, 30_000);

  it('a slow client receives the whole document when it reads slowly', async () => {
    const { route, taken } = largeRoute(8 * MEGABYTE);
    const { url } = await listen({}, [route]);
    const response = await fetch(`${url}/large`);
    let bytes = 0;
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(bytes).toBe(8 * MEGABYTE);
    expect(taken.ends).toBe(1);
  });
});

describe('many clients that do not read', () => {
  it('many clients that do not read do not exhaust the memory of the process', async () => {
    const program = `
      const { HttpServer } = require(${JSON.stringify(`${ROOT}/src/http/http-server.ts`)});
      const { expositionHandler } = require(${JSON.stringify(`${ROOT}/src/http/handlers.ts`)});
      // 64 MB in one piece, shared by all responses: what 40 copies of would not fit into the heap.
      const document = Buffer.alloc(64 * 1024 * 1024, 'x');
      const handler = expositionHandler(async () => ({ status: 200, contentType: 'text/plain', body: [document] }));
      const server = new HttpServer({ host: '127.0.0.1', port: 0 }, [{ path: '/large', handler }]);
      let most = 0;
      setInterval(() => {
        const { heapUsed, external } = process.memoryUsage();
        most = Math.max(most, heapUsed + external);
      }, 20).unref();
      server.start().then(() => process.send({ port: server.port }));
      process.on('message', () => process.send({ most }));`;
    const child = run(process.execPath, ['--max-old-space-size=64', '--require', 'tsx/cjs', '-e', program], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const message = <T>() => new Promise<T>((resolve) => child.process.once('message', (value) => resolve(value as T)));
    const { port } = await message<{ port: number }>();
    const sockets = await Promise.all(Array.from({ length: 200 }, () => openUnread(port)));
    for (const socket of sockets.slice(0, 40)) await new Promise((resolve) => socket.once('readable', resolve));
    const answer = message<{ most: number }>();
    child.process.send('most');
    expect((await answer).most).toBeLessThan(64 * MEGABYTE + 60 * MEGABYTE);
    await child.stop('SIGKILL');
  });
});
