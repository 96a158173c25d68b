import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerRequests } from './server-requests';

/** The messages of the channels (Node.js documentation, Diagnostics Channel, HTTP). */
interface ServerMessage {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly server: Server;
}

/**
 * Measures the requests of every HTTP/1 server of the process, whenever it was created. No module is patched. Upgrades,
 * CONNECT and requests that Node cannot parse are not published on the channels.
 *
 * @returns a function that unsubscribes
 */
export function observeServers(requests: ServerRequests): () => void {
  const onStart = (message: unknown) => {
    const { request, response, socket, server } = message as ServerMessage;
    requests.start(request, response, socket, server);
  };
  const onFinish = (message: unknown) => {
    const { response, socket } = message as ServerMessage;
    requests.finish(response, socket);
  };
  subscribe('http.server.request.start', onStart);
  subscribe('http.server.response.finish', onFinish);
  return () => {
    unsubscribe('http.server.request.start', onStart);
    unsubscribe('http.server.response.finish', onFinish);
    requests.stop();
  };
}
