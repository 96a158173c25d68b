import { type AddressInfo, createServer, type Server } from 'node:net';
import { report } from '../diagnostics';
import { type Address, isLoopback } from './address';

/** The errors of a machine without IPv4, or without IPv6. */
const UNAVAILABLE: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * The listening sockets of one server. `localhost` listens on 127.0.0.1 and on ::1, as far as the machine has them, because
 * clients resolve it to either.
 */
export class Listeners {
  /** Whether only this machine can reach the address. Assumed until the server listens. */
  isLoopback = true;

  private extra: Server | undefined;

  /** @param server the server whose connections these are */
  constructor(
    private readonly server: Server,
    private readonly address: Address,
  ) {}

  /** The port, or undefined while the server does not listen. */
  get port(): number | undefined {
    return (this.server.address() as AddressInfo | null)?.port;
  }

  /**
   * Listens.
   *
   * @param onFailure called with what failed and where: the whole server, or one of the two addresses of `localhost`
   * @returns whether the server listens
   */
  async listen(onFailure: (error: NodeJS.ErrnoException, address: Address) => void): Promise<boolean> {
    const { host, port } = this.address;
    const [first, second] = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
    let error = await listening(this.server, { host: first, port });
    const isUnavailable = second !== undefined && UNAVAILABLE.has(error?.code);
    if (isUnavailable) error = await listening(this.server, { host: second, port });
    const address = this.server.address() as AddressInfo | null;
    if (error !== undefined || address === null) {
      if (error !== undefined) onFailure(error, this.address);
      return false;
    }
    this.isLoopback = isLoopback(address.address);
    if (second !== undefined && !isUnavailable) await this.listenOn({ host: second, port: address.port }, onFailure);
    return true;
  }

  /** Stops listening. Resolves when all connections are closed. */
  async close(): Promise<void> {
    const servers = [this.server, ...(this.extra === undefined ? [] : [this.extra])];
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  /** Listens on a further address, whose connections are given to the server. */
  private async listenOn(
    address: Address,
    onFailure: (error: NodeJS.ErrnoException, address: Address) => void,
  ): Promise<void> {
    this.extra = createServer((socket) => this.server.emit('connection', socket)).unref();
    const error = await listening(this.extra, address);
    if (error !== undefined && !UNAVAILABLE.has(error.code)) onFailure(error, address);
  }
}

/** Resolves when the server listens, or with the reason why it does not. A later error, of an accept, is reported. */
function listening(server: Server, { host, port }: Address): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const end = (error?: NodeJS.ErrnoException) => {
      server.off('error', end);
      server.off('listening', listens);
      server.off('close', closed);
      if (error === undefined) server.on('error', reportLater);
      resolve(error);
    };
    const closed = () => end(new Error('the server was shut down'));
    // Bun passes arguments to it.
    const listens = () => end();
    server.once('error', end);
    server.once('listening', listens);
    // A server that is closed while it looks up its host name emits nothing else.
    server.once('close', closed);
    // Not shared with other workers of a cluster, which would answer in turn with pages of their own.
    server.listen({ host, port, exclusive: true });
  });
}

function reportLater(error: Error): void {
  report('listen', `cannot accept a connection: ${error.message}`);
}
