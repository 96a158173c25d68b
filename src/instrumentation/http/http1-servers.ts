import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { subscribeAll } from './channels';
import { requestBytes, responseBytes, sentStatus } from './exchange-ending';
import { observeExpressMounts } from './express-routes';
import type { OpenExchange, ServerRequests } from './server-requests';

/** The messages of the channels (Node.js documentation, Diagnostics Channel, HTTP). */
interface ServerMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly server: Server;
}

interface Http1Exchange {
  readonly open: OpenExchange;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Measures the requests of every HTTP/1 server of the process, whenever it was created. No module is patched. Upgrades,
 * CONNECT and requests that Node.js cannot parse are not published on the channels.
 *
 * @param isMeasured returns whether another instrumentation records the duration of the semantic conventions
 * @returns a function that removes every listener
 */
export function observeHttp1Servers(
  requests: ServerRequests,
  isMeasured: (response: ServerResponse) => boolean,
): () => void {
  /** The open exchanges of every connection that has carried a request. More than one if requests are pipelined. */
  const connections = new Map<Socket, Http1Exchange[]>();
  const end = ({ open, request, response }: Http1Exchange) => {
    requests.end(open, {
      key: request,
      response,
      status: sentStatus(request, response),
      version: request.httpVersion,
      requestBytes: requestBytes(request),
      responseBytes: responseBytes(request, response),
      recordsDuration: !isMeasured(response),
    });
  };
  // No response is finished, and none that is pipelined is closed, when the connection closes.
  function onClose(this: Socket): void {
    const exchanges = connections.get(this) ?? [];
    connections.delete(this);
    for (const exchange of exchanges) end(exchange);
  }
  const unsubscribe = subscribeAll({
    'http.server.request.start': ({ request, response, socket, server }: ServerMessage) => {
      const open = requests.start(request, 'encrypted' in socket ? 'https' : 'http', server);
      if (open === undefined) return;
      observeExpressMounts(request);
      const exchanges = connections.get(socket);
      if (exchanges !== undefined) {
        exchanges.push({ open, request, response });
        return;
      }
      connections.set(socket, [{ open, request, response }]);
      socket.once('close', onClose);
    },
    'http.server.response.finish': ({ response, socket }: ServerMessage) => {
      const exchanges = connections.get(socket);
      if (exchanges === undefined) return;
      // Responses finish in the order of their requests. A request that is not measured has no exchange.
      for (let i = 0; i < exchanges.length; i++) {
        const exchange = exchanges[i] as Http1Exchange;
        if (exchange.response !== response) continue;
        if (exchanges.length === 1) exchanges.pop();
        else exchanges.splice(i, 1);
        end(exchange);
        return;
      }
    },
  });
  return () => {
    unsubscribe();
    for (const socket of connections.keys()) socket.off('close', onClose);
    connections.clear();
  };
}
