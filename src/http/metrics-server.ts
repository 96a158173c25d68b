import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { report, shown } from '../diagnostics';
import { Authenticator } from './authentication';
import { pathOf, type RequestHandler, routed, sendPlain, shownPaths } from './handlers';
import { markOwnServer } from './own-servers';
import { createTlsServer } from './tls';
import { checkWebConfig, type WebConfig } from './web-config';

/** Where a server listens. */
export interface Address {
  /** A host name or address; nothing means all interfaces. */
  readonly host: string | undefined;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
}

/**
 * Reads `host:port`, `[::1]:port`, `:port` (all interfaces, as Go's servers take it) or a bare port (localhost).
 *
 * @throws RangeError when the text is none of these
 */
export function parseAddress(text: string | number): Address {
  const match = /^(?:(?<host>[^:[\]]*|\[[^\]]+\]):)?(?<port>\d{1,5})$/.exec(String(text));
  const port = Number(match?.groups?.port);
  if (match === null || !(port <= 65535)) {
    throw new RangeError(`an address is host:port, :port or a port from 0 to 65535, given ${shown(text)}`);
  }
  const host = match.groups?.host;
  if (host === undefined) return { host: 'localhost', port };
  return { host: host === '' ? undefined : host.replace(/^\[|\]$/g, ''), port };
}

/** Options of {@link MetricsServer}. */
export interface ServerOptions {
  /** Who may ask, and over what. Anyone, over plain HTTP, unless given. */
  readonly web?: WebConfig;
  /** The most requests that are answered at once; another is told 503. 40 unless given, as Prometheus's exporters have it. */
  readonly maxRequests?: number;
  /** While the port is taken, tries again every so many milliseconds. Gives up at once unless given. */
  readonly portRetryMillis?: number;
}

const MOST_REQUESTS = 40;
const MOST_CONNECTIONS = 512;
const HEADER_BYTES = 16 * 1024;
const HEADER_MILLIS = 5000;
/** Longer than Prometheus's usual scrape interval, so that it need not connect anew each time. */
const KEEP_ALIVE_MILLIS = 65_000;
/** How long a shutdown waits for answers that are on their way. */
const DRAIN_MILLIS = 5000;

/** A server for metrics and health, over HTTP or HTTPS. It never keeps the process alive but for a request in flight. */
export class MetricsServer {
  private readonly server: Server;
  private readonly route: RequestHandler;
  private readonly authenticator: Authenticator;
  private readonly scheme: 'http' | 'https';
  private started: Promise<boolean> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private inFlight = 0;
  private isClosed = false;

  /**
   * @param routes handlers by path, such as `/metrics`
   * @throws WebConfigError when the web configuration is not accepted, or Error when its files cannot be read
   */
  constructor(
    private readonly address: Address,
    private readonly routes: ReadonlyMap<string, RequestHandler>,
    private readonly options: ServerOptions = {},
  ) {
    const { web = {} } = options;
    checkWebConfig(web, 'the web configuration');
    this.route = routed(routes);
    this.authenticator = new Authenticator(web);
    const limits = {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: HEADER_MILLIS,
      requestTimeout: HEADER_MILLIS,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
      connectionsCheckingInterval: 1000,
    };
    const listener = (request: IncomingMessage, response: ServerResponse) => this.answer(request, response);
    this.scheme = web.tls === undefined ? 'http' : 'https';
    this.server = web.tls === undefined ? createServer(limits, listener) : createTlsServer(web.tls, limits, listener);
    markOwnServer(this.server);
    this.server.unref();
    this.server.maxConnections = MOST_CONNECTIONS;
    this.server.on(web.tls === undefined ? 'connection' : 'secureConnection', (socket) => socket.unref());
  }

  /**
   * Listens. A port that is taken is a diagnostic, not an exception: the app goes on without the endpoint, or until the port
   * is free where it is tried again.
   *
   * @returns whether the server listens now
   */
  start(): Promise<boolean> {
    this.started ??= this.listen();
    return this.started;
  }

  /** The port that the server listens on, or nothing while it does not. */
  get port(): number | undefined {
    return (this.server.address() as AddressInfo | null)?.port;
  }

  /** Where each path can be asked for, while the server listens. */
  get urls(): string[] {
    const { port } = this;
    if (port === undefined) return [];
    const { host = 'localhost' } = this.address;
    const authority = host.includes(':') ? `[${host}]` : host;
    return shownPaths(this.routes).map((path) => `${this.scheme}://${authority}:${port}${path}`);
  }

  /** Stops listening, waits up to five seconds for answers that are on their way, and cuts what is left. */
  async shutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    const cut = setTimeout(() => this.server.closeAllConnections(), DRAIN_MILLIS);
    await closed;
    clearTimeout(cut);
  }

  private listen(): Promise<boolean> {
    return new Promise((resolve) => {
      const { host, port } = this.address;
      const failed = (error: NodeJS.ErrnoException) => {
        this.server.off('listening', listening);
        this.reportFailure(error);
        const { portRetryMillis } = this.options;
        if (error.code === 'EADDRINUSE' && portRetryMillis !== undefined && !this.isClosed) {
          this.retry = setTimeout(() => void this.listen(), portRetryMillis).unref();
        }
        resolve(false);
      };
      const listening = () => {
        this.server.off('error', failed);
        resolve(true);
      };
      this.server.once('error', failed);
      this.server.once('listening', listening);
      this.server.listen({ host, port });
    });
  }

  private reportFailure(error: NodeJS.ErrnoException): void {
    const { host, port } = this.address;
    const where = `${host ?? 'all interfaces'}, port ${port}`;
    if (error.code === 'EADDRINUSE') {
      const { portRetryMillis } = this.options;
      const next = portRetryMillis === undefined ? 'choose another port' : `tried again every ${portRetryMillis} ms`;
      report('port-in-use', `cannot serve metrics on ${where}: the port is taken; ${next}`, where);
    } else {
      report('listen', `cannot serve metrics on ${where}: ${error.message}`, where);
    }
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(this.options.web?.headers ?? {})) response.setHeader(name, value);
    if (this.inFlight >= (this.options.maxRequests ?? MOST_REQUESTS)) {
      response.setHeader('retry-after', '1');
      sendPlain(response, 503, `More than ${this.inFlight} requests at once.\n`);
      return;
    }
    this.inFlight++;
    const { socket } = request;
    socket.ref();
    response.once('close', () => {
      this.inFlight--;
      socket.unref();
    });
    this.authenticator.admits(request, pathOf(request)).then(
      (isAdmitted) => {
        if (isAdmitted) this.route(request, response);
        else this.deny(response);
      },
      (error: unknown) => {
        report('listen', `a request cannot be authenticated: ${error}`);
        this.deny(response);
      },
    );
  }

  private deny(response: ServerResponse): void {
    response.setHeader('www-authenticate', this.authenticator.challenge);
    sendPlain(response, 401, 'Unauthorized.\n');
  }
}
