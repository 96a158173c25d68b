import type { ClientRequest, IncomingMessage } from 'node:http';
import { subscribeAll } from './channels';
import type { ClientRequests, OpenClientRequest } from './client-requests';

interface ClientMessage {
  readonly request: ClientRequest;
}

/** The properties of undici's requests that are read here. */
interface UndiciRequest {
  readonly origin?: string | URL;
  readonly method?: string;
}

/**
 * Measures the requests of `http.request()`, `https.request()`, `fetch()` and undici.
 *
 * @returns a function that unsubscribes
 */
export function observeClients(requests: ClientRequests): () => void {
  const stops = [observeHttpClients(requests), observeUndici(requests)];
  return () => {
    for (const stop of stops) stop();
  };
}

function observeHttpClients(requests: ClientRequests): () => void {
  const open = new WeakMap<ClientRequest, OpenClientRequest>();
  const end = (request: ClientRequest, outcome: number | Error, version?: string) => {
    const started = open.get(request);
    if (started === undefined) return;
    open.delete(request);
    requests.end(started, outcome, version);
  };
  return subscribeAll({
    'http.client.request.start': ({ request }: ClientMessage) => {
      const { host, port } = addressOf(request);
      const started = requests.start(request.method, host, port);
      if (started !== undefined) open.set(request, started);
    },
    'http.client.response.finish': ({ request, response }: ClientMessage & { readonly response: IncomingMessage }) => {
      // Published when the head of the response was received; the request ends with the body.
      if (!open.has(request)) return;
      response.once('close', () => {
        const { statusCode = 0, complete, errored, httpVersion } = response;
        end(request, complete || errored === null ? statusCode : errored, httpVersion);
      });
    },
    'http.client.request.error': ({ request, error }: ClientMessage & { readonly error: Error }) => {
      end(request, error);
    },
  });
}

/** Returns where a request goes, as the app has given it: a name, not the address that it resolves to. */
function addressOf(request: ClientRequest): { readonly host: string; readonly port: number | undefined } {
  const host = request.host ?? 'localhost';
  const given = request.getHeader('host');
  const fallback = request.protocol === 'https:' ? 443 : 80;
  const [, port] = typeof given === 'string' ? (/:(\d{1,5})$/.exec(given) ?? []) : [];
  return { host, port: port === undefined ? fallback : Number(port) };
}

function observeUndici(requests: ClientRequests): () => void {
  const open = new WeakMap<UndiciRequest, OpenClientRequest & { status?: number }>();
  const end = (request: UndiciRequest, outcome: number | Error) => {
    const started = open.get(request);
    if (started === undefined) return;
    open.delete(request);
    requests.end(started, outcome);
  };
  return subscribeAll({
    'undici:request:create': ({ request }: UndiciMessage) => {
      const { hostname, port, protocol } = parseOrigin(request.origin);
      const fallback = protocol === 'https:' ? 443 : 80;
      const started = requests.start(request.method ?? 'GET', hostname, port === '' ? fallback : Number(port));
      if (started !== undefined) open.set(request, { ...started });
    },
    'undici:request:headers': ({ request, response }: UndiciMessage) => {
      const started = open.get(request);
      if (started !== undefined && response !== undefined) started.status = response.statusCode;
    },
    'undici:request:trailers': ({ request }: UndiciMessage) => {
      end(request, open.get(request)?.status ?? 0);
    },
    'undici:request:error': ({ request, error }: UndiciMessage) => {
      end(request, error ?? new Error('unknown'));
    },
  });
}

interface UndiciMessage {
  readonly request: UndiciRequest;
  readonly response?: { readonly statusCode: number };
  readonly error?: Error;
}

function parseOrigin(origin: string | URL | undefined): Pick<URL, 'hostname' | 'port' | 'protocol'> {
  if (typeof origin === 'object') return origin;
  return origin !== undefined && URL.canParse(origin)
    ? new URL(origin)
    : { hostname: 'unknown', port: '', protocol: 'http:' };
}
