import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { report, shown } from '../diagnostics';
import { type RequestHandler, routed } from './handler';

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

/** An HTTP server for metrics and health. It never keeps the process alive by itself. */
export class MetricsServer {
  private readonly server: Server;
  private started: Promise<boolean> | undefined;

  /** @param routes handlers by path, such as `/metrics` */
  constructor(
    private readonly address: Address,
    private readonly routes: ReadonlyMap<string, RequestHandler>,
  ) {
    this.server = createServer(routed(routes)).unref();
  }

  /**
   * Listens. A port that is taken is a diagnostic, not an exception: the app goes on without the endpoint.
   *
   * @returns whether the server listens
   */
  start(): Promise<boolean> {
    this.started ??= new Promise((resolve) => {
      const { host, port } = this.address;
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        const where = `${host ?? 'all interfaces'}, port ${port}`;
        if (error.code === 'EADDRINUSE') {
          report('port-in-use', `cannot serve metrics on ${where}: the port is taken; choose another port`, where);
        } else {
          report('listen', `cannot serve metrics on ${where}: ${error.message}`, where);
        }
        resolve(false);
      });
      this.server.listen({ host, port }, () => resolve(true));
    });
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
    return [...this.routes.keys()].map((path) => `http://${authority}:${port}${path}`);
  }

  /** Stops listening and waits for answers that are on their way. */
  shutdown(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeIdleConnections();
    });
  }
}
