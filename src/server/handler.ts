import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { report } from '../diagnostics';
import type { Health } from './health';

/** Answers one request. Fits `http.createServer`, express and, through `reply.hijack()`, fastify. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** An answer in pieces, so that a large one neither blocks the event loop nor piles up in memory. */
export interface Exposition {
  readonly status: 200 | 500 | 503;
  readonly contentType: string;
  readonly body: Iterable<Uint8Array>;
}

const PLAIN = 'text/plain; charset=utf-8';
/** The longest a response is written without letting other work run. */
const SLICE_MILLIS = 3;

/** Whether a request is, or will be, answered by one of the handlers here: a scrape or a probe, not the app's own traffic. */
export function isOwnRequest(request: IncomingMessage): boolean {
  return ownRequests.has(request);
}

const ownRequests = new WeakSet<IncomingMessage>();

/** Answers every GET and HEAD with what `expose` gives, at whatever path it is mounted. */
export function metricsHandler(expose: (request: IncomingMessage) => Promise<Exposition>): RequestHandler {
  return answering(async (request, response) => {
    const { status, contentType, body } = await expose(request);
    response.writeHead(status, { 'content-type': contentType });
    if (request.method === 'HEAD') response.end();
    else await send(response, body);
  });
}

/** Answers with the health report: 200 while the process answers at all. */
export function healthHandler(health: Health): RequestHandler {
  return answering(async (request, response) => sendJson(request, response, 200, health.health()));
}

/** Answers with the readiness report: 200 when every check passes, otherwise 503. */
export function readinessHandler(health: Health): RequestHandler {
  return answering(async (request, response) => {
    const readiness = await health.readiness();
    sendJson(request, response, readiness.ready ? 200 : 503, readiness);
  });
}

/** Chooses a handler by path; 404 where none is at the path. */
export function routed(routes: ReadonlyMap<string, RequestHandler>): RequestHandler {
  return (request, response) => {
    ownRequests.add(request);
    const handler = routes.get(pathOf(request));
    if (handler !== undefined) handler(request, response);
    else sendPlain(response, 404, `Not found. Try ${[...routes.keys()].join(', ')}.\n`);
  };
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function answering(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): RequestHandler {
  return (request, response) => {
    ownRequests.add(request);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendPlain(response, 405, `Method ${request.method} is not allowed; use GET or HEAD.\n`);
      return;
    }
    answer(request, response).catch((error: unknown) => {
      report('listen', `a request for ${pathOf(request)} failed: ${error}`);
      if (response.headersSent) response.destroy();
      else sendPlain(response, 500, 'Internal error.\n');
    });
  };
}

function sendPlain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': PLAIN });
  response.end(text);
}

function sendJson(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
}

async function send(response: ServerResponse, body: Iterable<Uint8Array>): Promise<void> {
  // Collecting took a slice of its own.
  await nextTurn();
  let sliceStart = performance.now();
  for (const piece of body) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
    if (performance.now() - sliceStart > SLICE_MILLIS) {
      await nextTurn();
      sliceStart = performance.now();
    }
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
