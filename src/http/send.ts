import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TURN_MILLIS } from '../turns';
import { chooseEncoding, compressInto } from './compression';

/** A response body in pieces, so that a large one neither blocks the event loop nor piles up in memory. */
export type Body = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & {
  /**
   * Gives back a piece, so that a later one can overwrite it: a large page takes about half the time then. Must not be called
   * before the piece was copied or sent completely. A reader need not call it.
   */
  release?(piece: Uint8Array): void;
};

/** The most bytes that are handed to a connection at once. It bounds what a slow reader holds. */
const MAX_WRITE_BYTES = 64 * 1024;
/** How long a client may take to read what was handed to its connection before it is cut, in milliseconds. */
const READ_TIMEOUT_MILLIS = 5000;

/** Sends a short text. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${text}\n`);
}

/** Sends a JSON document; to HEAD its headers alone. */
export function sendJson(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`);
}

/**
 * Sends a body, compressed as the client asks when the status is 200; to HEAD its headers alone. A client that stops reading
 * for five seconds is disconnected.
 *
 * @returns the number of bytes before compression once all are sent, or undefined when the client left or was disconnected
 */
export async function sendBody(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: Body,
): Promise<number | undefined> {
  const encoding = status === 200 ? chooseEncoding(request.headers['accept-encoding']) : 'identity';
  response.writeHead(status, encoding === 'identity' ? headers : { ...headers, 'content-encoding': encoding });
  if (request.method === 'HEAD') {
    response.end();
    return 0;
  }
  const output = compressInto(response, encoding);
  const bytes = await write(output, response, body);
  if (bytes === undefined) return undefined;
  output.end();
  return (await hasRead(response, response, 'finish')) ? bytes : undefined;
}

async function write(output: Writable, response: ServerResponse, body: Body): Promise<number | undefined> {
  // Making the body may have taken a slice already.
  await nextTurn();
  let bytes = 0;
  let sliceStart = performance.now();
  for await (const piece of body) {
    let unwritten = Math.ceil(piece.length / MAX_WRITE_BYTES);
    const written = () => {
      if (--unwritten === 0) body.release?.(piece);
    };
    for (let start = 0; start < piece.length; start += MAX_WRITE_BYTES) {
      if (response.destroyed) return undefined;
      const isAccepted = output.write(piece.subarray(start, start + MAX_WRITE_BYTES), written);
      if (!isAccepted && !(await hasRead(output, response, 'drain'))) return undefined;
    }
    bytes += piece.length;
    if (performance.now() - sliceStart > TURN_MILLIS) {
      await nextTurn();
      sliceStart = performance.now();
    }
  }
  return response.destroyed ? undefined : bytes;
}

/** Waits for an event that shows that the client reads. Returns false when it left, or was disconnected for not reading. */
function hasRead(output: Writable, response: ServerResponse, event: 'drain' | 'finish'): Promise<boolean> {
  if (response.destroyed) return Promise.resolve(false);
  return new Promise((resolve) => {
    let isWaiting = true;
    const end = (isRead: boolean) => {
      isWaiting = false;
      clearTimeout(timer);
      output.off(event, read);
      response.off('close', left);
      resolve(isRead);
    };
    const read = () => end(true);
    const left = () => end(false);
    const disconnect = () => {
      if (!isWaiting) return;
      response.destroy();
      end(false);
    };
    output.on(event, read);
    response.on('close', left);
    // When the event loop was blocked, what the client read meanwhile is noticed before the immediate runs.
    const timer = setTimeout(() => setImmediate(disconnect), READ_TIMEOUT_MILLIS).unref();
  });
}
