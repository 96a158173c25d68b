import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import { type Address, authority, isTrustedHost } from './address';
import { Authenticator, type Verdict } from './authentication';
import { Connections } from './connections';
import { Listeners } from './listeners';
import { markOwnServer } from './own-servers';
import { type Route, Router } from './router';
import { sendText } from './send';
import { normalizeTarget, pathOf } from './target';
import { createTlsServer } from './tls';
import { TokenBucket } from './token-bucket';
import { checkWebConfig, headerValue, type WebConfig } from './web-config';

/** Options of {@link HttpServer}. */
export interface HttpServerOptions {
  /** TLS, authentication and security headers. Plain HTTP without authentication by default. */
  readonly web?: WebConfig | undefined;
  /** The number of requests that are answered at the same time; further ones get 503. 40 by default. Probes do not count. */
  readonly maxRequests?: number | undefined;
  /** While the port is in use, tries again at this interval, in milliseconds. Gives up at once by default. */
  readonly portRetryMillis?: number | undefined;
  /**
   * Host names that requests may have in their `Host` header when the server listens on a loopback address, besides
   * `localhost`, IP addresses and the host that it listens on. None by default. This protects against DNS rebinding.
   */
  readonly allowedHosts?: readonly string[] | undefined;
}

const DEFAULT_MAX_REQUESTS = 40;
const MAX_CONNECTIONS = 512;
const MAX_HEADER_BYTES = 16 * 1024;
/** How long a client may take to send a request, in milliseconds. */
const REQUEST_MILLIS = 5000;
/** Longer than the usual scrape interval of a minute, so that a scraper can keep its connection. */
const KEEP_ALIVE_MILLIS = 65_000;
/** A connection whose client neither sends nor reads is closed after this time, in milliseconds. */
const INACTIVE_MILLIS = 10_000;
/** How long a shutdown waits for responses, in milliseconds. */
const DRAIN_MILLIS = 2000;

/** Headers of every response, unless the configuration or the handler has others. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** What a request gets that is not accepted. */
const REFUSALS: Readonly<Record<Exclude<Verdict, 'accepted'>, readonly [status: number, text: string]>> = {
  denied: [401, 'Unauthorized.'],
  limited: [429, 'Too many wrong credentials from this address; try again later.'],
  busy: [503, 'Too many passwords to verify; try again later.'],
};

/**
 * An HTTP or HTTPS server for a few routes. It keeps the process alive only while it answers an accepted request. The number
 * of connections, the number of requests, the time that a client takes and what it leaves unread are bounded.
 */
export class HttpServer {
  private readonly server: Server;
  private readonly listeners: Listeners;
  private readonly connections = new Connections(MAX_CONNECTIONS);
  private readonly router: Router;
  private readonly authenticator: Authenticator | undefined;
  private readonly rateLimit: TokenBucket | undefined;
  private readonly headers: readonly (readonly [name: string, value: string])[];
  private readonly allowedHosts: ReadonlySet<string>;
  private readonly scheme: 'http' | 'https';
  private started: Promise<boolean> | undefined;
  /** Why the server does not listen, after {@link start} has resolved to false; undefined after a shutdown. */
  error: NodeJS.ErrnoException | undefined;

  private retry: NodeJS.Timeout | undefined;
  private running = 0;
  private isClosed = false;

  /**
   * @param routes the paths that the server answers
   * @throws RouteError when two routes have one path, or a path is not one that a request can have
   * @throws WebConfigError when the web configuration is not accepted
   * @throws Error when the TLS files cannot be read
   */
  constructor(
    private readonly address: Address,
    routes: readonly Route[],
    private readonly options: HttpServerOptions = {},
  ) {
    const { web, allowedHosts = [] } = options;
    if (web !== undefined) checkWebConfig(web, 'web');
    const { tls, headers = {}, rateLimit } = web ?? {};
    this.router = new Router(routes);
    this.authenticator = web && new Authenticator(web);
    this.rateLimit = rateLimit && new TokenBucket(rateLimit.burst, rateLimit.intervalMillis, performance.now());
    const configured = Object.entries(headers).map(
      ([name, value]) => [name.toLowerCase(), headerValue(value)] as const,
    );
    this.headers = [...Object.entries(SECURITY_HEADERS), ...configured.filter(([, value]) => value !== '')];
    this.allowedHosts = new Set([...allowedHosts, address.host ?? 'localhost'].map((host) => host.toLowerCase()));
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: REQUEST_MILLIS,
      requestTimeout: REQUEST_MILLIS,
      keepAliveTimeout: KEEP_ALIVE_MILLIS,
      connectionsCheckingInterval: 1000,
    };
    const listener = (request: IncomingMessage, response: ServerResponse) => this.handle(request, response);
    this.scheme = tls === undefined ? 'http' : 'https';
    this.server = tls === undefined ? createServer(limits, listener) : createTlsServer(tls, limits, listener);
    this.server.unref();
    markOwnServer(this.server);
    // A host name may be resolved after the shutdown.
    this.server.on('listening', () => {
      if (this.isClosed) this.server.close();
    });
    this.server.prependListener('connection', (socket) => this.connections.add(socket));
    this.server.setTimeout(INACTIVE_MILLIS, (socket) => this.closeInactive(socket));
    this.listeners = new Listeners(this.server, address);
  }

  /**
   * Listens. A port in use is reported and does not throw: the app goes on without the server, or until the port is free if
   * `portRetryMillis` is set.
   *
   * @returns whether the server listens now; false also when it was shut down meanwhile
   */
  start(): Promise<boolean> {
    this.started ??= this.listen();
    return this.started;
  }

  /** The port that the server listens on, or undefined while it does not. */
  get port(): number | undefined {
    return this.listeners.port;
  }

  /** The URLs of the listed routes; none while the server does not listen. */
  get urls(): string[] {
    const { port } = this;
    if (port === undefined) return [];
    const base = `${this.scheme}://${authority(this.address.host ?? 'localhost', port)}`;
    return this.router.listedPaths.map((path) => `${base}${path}`);
  }

  /** Stops listening, closes idle connections, and waits two seconds for responses before it cuts what is left. */
  async shutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    this.authenticator?.close();
    const closed = this.listeners.close();
    this.connections.close();
    const cut = setTimeout(() => this.connections.destroy(), DRAIN_MILLIS).unref();
    await closed;
    clearTimeout(cut);
  }

  private async listen(): Promise<boolean> {
    if (this.isClosed) return false;
    const isListening = await this.listeners.listen((error, address) => this.reportFailure(error, address));
    if (this.isClosed) {
      await this.listeners.close();
      return false;
    }
    if (!isListening) return false;
    const [url = ''] = this.urls;
    if (this.listeners.isLoopback) {
      report(
        'listening',
        `${url} answers programs on this machine, or in this container, alone; OTEL_EXPORTER_PROMETHEUS_HOST=0.0.0.0 makes it reachable from other hosts`,
        url,
      );
    } else if (this.isProtected()) {
      report('listening', `${url} answers every host that reaches it and authenticates`, url);
    } else {
      report('listening', `${url} answers every host that reaches it`, url);
      const where = `${this.address.host ?? 'all interfaces'}, port ${this.port}`;
      report(
        'exposure',
        `every host that reaches ${where} can send requests without authentication: configure a password, a token or client certificates, or listen on localhost`,
      );
    }
    return true;
  }

  private isProtected(): boolean {
    const clientAuthType = this.options.web?.tls?.clientAuthType;
    return (this.authenticator?.challenge ?? '') !== '' || clientAuthType === 'RequireAndVerifyClientCert';
  }

  private reportFailure(error: NodeJS.ErrnoException, { host, port }: Address): void {
    if (this.isClosed) return;
    this.error = error;
    const where = host === undefined ? `port ${port} of all interfaces` : authority(host, port);
    if (error.code !== 'EADDRINUSE') {
      report('listen', `cannot listen on ${where}: ${error.message}`, where);
      return;
    }
    const { portRetryMillis } = this.options;
    const next =
      portRetryMillis === undefined
        ? 'choose another one, with OTEL_EXPORTER_PROMETHEUS_PORT or in code'
        : `trying again every ${portRetryMillis} ms`;
    report('port-in-use', `cannot listen on ${where}: the port is in use; ${next}`, where);
    if (portRetryMillis !== undefined && this.port === undefined) {
      this.retry = setTimeout(() => void this.listen(), portRetryMillis).unref();
    }
  }

  private handle(request: IncomingMessage, response: ServerResponse): void {
    const { hold, end } = this.connections.begin(request.socket);
    response.once('close', end);
    for (const [name, value] of this.headers) response.setHeader(name, value);
    if (this.isClosed) response.setHeader('connection', 'close');
    const host = normalizeTarget(request);
    if (host !== undefined && this.listeners.isLoopback && !isTrustedHost(host, this.allowedHosts)) {
      sendText(
        response,
        421,
        'This server listens on a loopback address and accepts "localhost" and IP addresses as Host. To accept another host name, add it to allowedHosts or METERBRIDGE_PROMETHEUS_ALLOWED_HOSTS.',
      );
      return;
    }
    const route = this.router.find(request);
    if (this.rateLimit !== undefined && route?.isProbe !== true && !this.rateLimit.take(performance.now())) {
      sendText(response, 429, 'Too many requests; try again later.');
      return;
    }
    this.respond(route, request, response, hold).catch((error: unknown) => {
      report('request', `the request for ${pathOf(request)} failed: ${errorMessage(error)}`);
      response.destroy();
    });
  }

  private async respond(
    route: Route | undefined,
    request: IncomingMessage,
    response: ServerResponse,
    hold: () => void,
  ): Promise<void> {
    const verdict = await this.authenticate(request);
    if (response.destroyed) return;
    if (verdict !== 'accepted') this.refuse(response, verdict);
    else if (route === undefined) this.router.sendNotFound(request, response);
    else this.run(route, request, response, hold);
  }

  private async authenticate(request: IncomingMessage): Promise<Verdict> {
    try {
      return (await this.authenticator?.authenticate(request, pathOf(request))) ?? 'accepted';
    } catch (error) {
      report('authentication', `cannot verify passwords: ${errorMessage(error)}`);
      return 'busy';
    }
  }

  private refuse(response: ServerResponse, verdict: Exclude<Verdict, 'accepted'>): void {
    const [status, text] = REFUSALS[verdict];
    if (verdict === 'denied') response.setHeader('www-authenticate', this.authenticator?.challenge ?? '');
    else response.setHeader('retry-after', '1');
    sendText(response, status, text);
  }

  /** Calls the handler of a route. A health probe takes no place of other requests, and needs none. */
  private run(route: Route, request: IncomingMessage, response: ServerResponse, hold: () => void): void {
    const { maxRequests = DEFAULT_MAX_REQUESTS } = this.options;
    if (route.isProbe !== true) {
      if (this.running >= maxRequests) {
        response.setHeader('retry-after', '1');
        sendText(response, 503, `More than ${maxRequests} requests at once; try again later.`);
        return;
      }
      this.running++;
      response.once('close', () => {
        this.running--;
      });
    }
    hold();
    route.handler(request, response);
  }

  /** Closes a connection on which nothing has happened for some time, unless a handler is still at work for it. */
  private closeInactive(socket: Socket): void {
    if (this.connections.isIdle(socket)) {
      socket.destroy();
      return;
    }
    if (socket.writableLength === 0) return;
    const { bytesWritten } = socket;
    // When the event loop was blocked, the client may have read meanwhile.
    setImmediate(() => {
      if (socket.bytesWritten === bytesWritten) socket.destroy();
    });
  }
}
