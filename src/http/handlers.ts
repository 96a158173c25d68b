import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Transform, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import zlib from 'node:zlib';
import { report } from '../diagnostics';
import { type ContentEncoding, negotiateEncoding } from './content-encoding';
import type { Health } from './health';

/** Answers one request. Fits `http.createServer`, express and, through `reply.hijack()`, fastify. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** An answer in pieces, so that a large one neither blocks the event loop nor piles up in memory. */
export interface Exposition {
  readonly status: 200 | 500 | 503;
  readonly contentType: string;
  readonly body: Iterable<Uint8Array>;
}

/** What became of a request for metrics. */
export interface Answer {
  readonly status: number;
  /** From the request to the last byte. */
  readonly seconds: number;
  /** Before compression. */
  readonly bytes: number;
}

const PLAIN = 'text/plain; charset=utf-8';
/** The longest a response is written without letting other work run. */
const SLICE_MILLIS = 3;
/** How long an answer may take, slow readers included, when the scraper does not say how long it waits. */
const ANSWER_MILLIS = 30_000;
/** The longest that a scraper may ask for. */
const MOST_ANSWER_MILLIS = 120_000;
const MOST_URL_CHARACTERS = 4096;

/**
 * Answers every GET and HEAD with what `expose` gives, compressed as the client asks, at whatever path it is mounted. A
 * client that has not taken its answer in time loses it.
 *
 * @param expose is told how many milliseconds the scraper waits
 * @param done is told of each answer that was given in full
 */
export function metricsHandler(
  expose: (request: IncomingMessage, millis: number) => Promise<Exposition>,
  done: (answer: Answer) => void,
): RequestHandler {
  return answering(async (request, response) => {
    const started = performance.now();
    const millis = scrapeMillis(request);
    const deadline = setTimeout(() => response.destroy(), millis).unref();
    response.once('close', () => clearTimeout(deadline));
    const { status, contentType, body } = await expose(request, millis);
    if (response.destroyed) return;
    const headers = { 'content-type': contentType, vary: 'accept, accept-encoding' };
    const bytes = await sendBody(request, response, status, headers, body);
    if (bytes !== undefined) done({ status, seconds: (performance.now() - started) / 1000, bytes });
  });
}

/** How long the scraper waits, as Prometheus says with each request. */
function scrapeMillis(request: IncomingMessage): number {
  const seconds = Number(request.headers['x-prometheus-scrape-timeout-seconds']);
  return seconds > 0 ? Math.min(seconds * 1000, MOST_ANSWER_MILLIS) : ANSWER_MILLIS;
}

/** From Node.js 22.15 on. */
const { createZstdCompress: createZstd } = zlib as { createZstdCompress?: () => Transform };

/** The fastest that each offers: a page is read once, and compressed at each scrape. */
const COMPRESSORS: ReadonlyMap<ContentEncoding, () => Transform> = new Map<ContentEncoding, () => Transform>([
  ['gzip', () => zlib.createGzip({ level: zlib.constants.Z_BEST_SPEED })],
  ['br', () => zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ...(createZstd === undefined ? [] : ([['zstd', () => createZstd()]] as const)),
]);
const ENCODINGS = [...COMPRESSORS.keys()];

function compressed(response: ServerResponse, encoding: ContentEncoding): Writable {
  const compressor = COMPRESSORS.get(encoding)?.();
  if (compressor === undefined) return response;
  compressor.on('error', () => response.destroy());
  response.once('close', () => compressor.destroy());
  compressor.pipe(response);
  return compressor;
}

/** Answers with what a page is made of. @param policy the page's Content-Security-Policy */
export function plainHandler(
  contentType: string,
  policy: string,
  content: () => Promise<string | Uint8Array>,
): RequestHandler {
  return answering(async (request, response) => {
    const body = Buffer.from(await content());
    const headers = {
      'content-type': contentType,
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      vary: 'accept-encoding',
    };
    await sendBody(request, response, 200, headers, [body]);
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
    const handler = routes.get(pathOf(request));
    if ((request.url ?? '').length > MOST_URL_CHARACTERS) {
      sendPlain(response, 414, `The URL has more than ${MOST_URL_CHARACTERS} characters.\n`);
    } else if (handler !== undefined) handler(request, response);
    else sendPlain(response, 404, `Not found. Try ${shownPaths(routes).join(', ')}.\n`);
  };
}

/** Where the page is; what belongs to it is below. */
export const PAGE_PATH = '/dashboard';

/** Paths that are worth telling of: not those of what belongs to the page. */
export function shownPaths(routes: ReadonlyMap<string, RequestHandler>): string[] {
  return [...routes.keys()].filter((path) => !path.startsWith(`${PAGE_PATH}/`));
}

/** The path that is asked for, without its query. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function answering(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): RequestHandler {
  return (request, response) => {
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

export function sendPlain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': PLAIN });
  response.end(text);
}

function sendJson(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
}

/** Answers with a body, compressed as the client asks, or to HEAD without it; the reason of a failure stays as it is. */
async function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Iterable<Uint8Array>,
): Promise<number | undefined> {
  const encoding = status === 200 ? negotiateEncoding(request.headers['accept-encoding'], ENCODINGS) : 'identity';
  response.writeHead(status, encoding === 'identity' ? headers : { ...headers, 'content-encoding': encoding });
  if (request.method !== 'HEAD') return send(compressed(response, encoding), response, body);
  response.end();
  return 0;
}

/** Gives how many bytes were sent, or nothing when the client left. */
async function send(to: Writable, response: ServerResponse, body: Iterable<Uint8Array>): Promise<number | undefined> {
  // Collecting took a slice of its own.
  await nextTurn();
  let bytes = 0;
  let sliceStart = performance.now();
  for (const piece of body) {
    if (response.destroyed) return undefined;
    if (!to.write(piece)) await drained(to, response);
    bytes += piece.length;
    if (performance.now() - sliceStart > SLICE_MILLIS) {
      await nextTurn();
      sliceStart = performance.now();
    }
  }
  to.end();
  return bytes;
}

function drained(to: Writable, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      to.off('drain', done);
      response.off('close', done);
      resolve();
    };
    to.on('drain', done);
    response.on('close', done);
  });
}
