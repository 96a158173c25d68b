import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import { debug, report } from '../diagnostics';
import { errorMessage } from '../issues';
import type { Health } from './health';
import { type Body, sendBody, sendJson, sendText } from './send';
import { pathOf } from './target';

/** A document to send, in pieces. */
export interface Exposition {
  /** The HTTP status. */
  readonly status: number;
  /** The value of the `Content-Type` header. */
  readonly contentType: string;
  /** The document. It can be read once. */
  readonly body: Body;
}

/** What is known of a response that was sent completely. */
export interface ResponseStats {
  readonly status: number;
  /** From the arrival of the request to the last byte. */
  readonly seconds: number;
  /** Before compression. */
  readonly bytes: number;
}

/** Options of {@link expositionHandler}. */
export interface ExpositionHandlerOptions {
  /** Headers of every response. */
  readonly headers?: OutgoingHttpHeaders;
  /** Returns how long a response may take, in milliseconds, slow readers included. 30 seconds by default. */
  readonly timeoutMillis?: (request: IncomingMessage) => number;
  /** Called after each response that was sent completely. */
  readonly onResponse?: (stats: ResponseStats) => void;
}

const DEFAULT_TIMEOUT_MILLIS = 30_000;

/**
 * Returns a handler that streams a document to GET and HEAD requests, compressed as the client asks, at whatever path it is
 * mounted. A client that does not take its response in time is disconnected.
 *
 * @param produce returns the document; receives the number of milliseconds that the response may take
 */
export function expositionHandler(
  produce: (request: IncomingMessage, timeoutMillis: number) => Promise<Exposition>,
  { headers = {}, timeoutMillis = () => DEFAULT_TIMEOUT_MILLIS, onResponse }: ExpositionHandlerOptions = {},
): RequestListener {
  return getHandler(async (request, response) => {
    const start = performance.now();
    const millis = timeoutMillis(request);
    const timer = setTimeout(() => response.destroy(), millis).unref();
    response.once('close', () => clearTimeout(timer));
    const { status, contentType, body } = await produce(request, millis);
    if (response.destroyed) return;
    const all = { ...headers, 'content-type': contentType, vary: 'accept, accept-encoding' };
    const bytes = await sendBody(request, response, status, all, body);
    if (bytes === undefined) return;
    const stats = { status, seconds: (performance.now() - start) / 1000, bytes };
    debug(() => `answered ${request.url} with ${status}, ${bytes} bytes in ${stats.seconds.toFixed(3)} s`);
    onResponse?.(stats);
  });
}

/** Returns a handler for the health report: 200 while the process answers at all. */
export function healthHandler(health: Health): RequestListener {
  return getHandler(async (request, response) => sendJson(request, response, 200, health.health()));
}

/** Returns a handler for the readiness report: 200 when every check passes, otherwise 503. */
export function readinessHandler(health: Health): RequestListener {
  return getHandler(async (request, response) => {
    const readiness = await health.readiness();
    sendJson(request, response, readiness.ready ? 200 : 503, readiness);
  });
}

/** Wraps a function that answers GET and HEAD. Other methods get 405; a rejection is reported and answered with 500. */
function getHandler(respond: (request: IncomingMessage, response: ServerResponse) => Promise<void>): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendText(response, 405, `Method ${request.method} is not allowed; use GET or HEAD.`);
      return;
    }
    respond(request, response).catch((error: unknown) => {
      report('request', `the request for ${pathOf(request)} failed: ${errorMessage(error)}`);
      if (response.headersSent) response.destroy();
      else sendText(response, 500, 'Internal error.');
    });
  };
}
