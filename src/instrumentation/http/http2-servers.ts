import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { HttpRequest } from '../../instruments/http-recorder';
import { subscribeAll } from './channels';
import { parseLength } from './exchange-ending';
import type { OpenExchange, ServerRequests } from './server-requests';

/** The messages of the channels (Node.js documentation, Diagnostics Channel, HTTP/2). */
interface StreamMessage {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Measures the requests of every HTTP/2 server of the process. Node.js 20 publishes nothing; 22.23 and 24.21
 * publish every stream.
 *
 * @returns a function that unsubscribes
 */
export function observeHttp2Servers(requests: ServerRequests): () => void {
  const exchanges = new Map<ServerHttp2Stream, OpenExchange>();
  const unsubscribe = subscribeAll({
    'http2.server.stream.start': ({ stream, headers }: StreamMessage) => {
      // The server itself starts streams of even numbers, to push responses that no client has requested.
      if ((stream.id ?? 0) % 2 === 0) return;
      const open = requests.start(
        requestFrom(headers),
        stream.session?.encrypted === true ? 'https' : 'http',
        undefined,
      );
      if (open !== undefined) exchanges.set(stream, open);
    },
    'http2.server.stream.close': ({ stream }: StreamMessage) => {
      const open = exchanges.get(stream);
      if (open === undefined) return;
      exchanges.delete(stream);
      requests.end(open, {
        key: stream,
        response: undefined,
        status: stream.headersSent ? Number(stream.sentHeaders?.[':status']) : undefined,
        version: '2',
        requestBytes: parseLength(open.request.headers['content-length']),
        responseBytes: open.method === 'HEAD' ? undefined : parseLength(stream.sentHeaders?.['content-length']),
        recordsDuration: true,
      });
    },
  });
  return () => {
    unsubscribe();
    exchanges.clear();
  };
}

function requestFrom(headers: IncomingHttpHeaders): HttpRequest {
  return { method: headers[':method'] ?? '', url: headers[':path'] ?? '', headers, httpVersion: '2.0' };
}
