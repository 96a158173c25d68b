import type { RequestListener } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import type { Address } from '../../src/http/address';
import { expositionHandler } from '../../src/http/handlers';
import { HttpServer, type HttpServerOptions } from '../../src/http/http-server';
import type { Route } from '../../src/http/router';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Calls a function after the running test. */
export function afterTest(close: () => unknown): void {
  closers.push(close);
}

/** Returns a handler that sends a text. */
export function textHandler(text: string): RequestListener {
  return expositionHandler(async () => ({ status: 200, contentType: 'text/plain', body: [Buffer.from(text)] }));
}

/** A document of so many bytes, in pieces of 64 KiB that are all the same buffer. */
export function* manyBytes(bytes: number): Generator<Uint8Array> {
  const piece = Buffer.alloc(65_536, 'x');
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

export interface TestServer {
  readonly server: HttpServer;
  readonly port: number;
  readonly url: string;
}

/** Starts a server that has `/metrics` and the probe `/health`, unless other routes are given. */
export async function listen(
  options: HttpServerOptions = {},
  routes: readonly Route[] = [
    { path: '/metrics', handler: textHandler('document') },
    { path: '/health', handler: textHandler('healthy'), isProbe: true },
  ],
  address: Address = { host: '127.0.0.1', port: 0 },
): Promise<TestServer> {
  const server = new HttpServer(address, routes, options);
  closers.push(() => server.shutdown());
  if (!(await server.start())) throw new Error('the server does not listen');
  const port = server.port as number;
  return { server, port, url: new URL(server.urls[0] as string).origin };
}

/** Opens a connection that ignores errors and is destroyed after the test. */
export function open(port: number, host = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
    socket.once('error', reject);
    closers.push(() => socket.destroy());
  });
}

/** Resolves when the other side has closed the connection; reads what is left. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
    socket.resume();
  });
}

/** Sends bytes as they are; returns everything that comes back until the server closes the connection. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = await open(port);
  let received = '';
  socket.on('data', (data) => {
    received += data;
  });
  socket.write(bytes);
  await closed(socket);
  return received;
}
