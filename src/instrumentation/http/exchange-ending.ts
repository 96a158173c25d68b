import type { IncomingMessage, Server, ServerResponse } from 'node:http';

/**
 * The status of a request whose connection was closed before a response began. There is none on the wire; 499 is what
 * nginx logs for it.
 */
export const ABORTED_STATUS = 499;

/** Returns the status that was sent in a response that has ended or whose connection is closed, or `undefined`. */
export function sentStatus(request: IncomingMessage, response: ServerResponse): number | undefined {
  return response.headersSent ? response.statusCode : serverStatus(request);
}

/**
 * Returns the status that Node's server itself wrote because the body of the request was malformed or came too late.
 *
 * Source: Node.js documentation, HTTP, event `clientError`.
 */
function serverStatus({ socket }: IncomingMessage): number | undefined {
  const { errored, server } = socket as { readonly errored?: NodeJS.ErrnoException | null; readonly server?: Server };
  const code = errored?.code;
  if (code === undefined || server === undefined || server.listenerCount('clientError') > 0) return undefined;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  return code.startsWith('HPE_') ? 400 : undefined;
}

/** Returns the size of the body of a request, if its `Content-Length` gives it. */
export function requestBytes(request: IncomingMessage): number | undefined {
  // Node parses headers when they are first read. Requests with these methods have no body.
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  return parseLength(request.headers['content-length']);
}

/** Returns the size of the body of a response that was sent in full, if the app has set its `Content-Length`. */
export function responseBytes(request: IncomingMessage, response: ServerResponse): number | undefined {
  if (request.method === 'HEAD' || response.statusCode === 304 || !response.writableFinished) return undefined;
  return parseLength(response.getHeader('content-length'));
}

/** Returns the value of a `Content-Length`. */
export function parseLength(length: unknown): number | undefined {
  if (length === undefined) return undefined;
  const bytes = Number(length);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}
