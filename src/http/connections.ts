import type { Socket } from 'node:net';

interface Connection {
  readonly socket: Socket;
  /** Requests that have arrived and whose responses are not complete. More than one with pipelining. */
  requests: number;
  /** Those of them that keep the process alive. */
  holds: number;
}

/**
 * The connections of a server, including those that have sent nothing yet or are in a TLS handshake. When there are too many,
 * the one that has been idle for longest is closed in favour of a new one. A connection keeps the process alive only while a
 * request holds it.
 */
export class Connections {
  /** By endpoints, which a TLS socket has in common with the socket below it. Idle ones are ordered by time. */
  private readonly connections = new Map<string, Connection>();
  private isClosing = false;

  constructor(private readonly max: number) {}

  /** Adds a connection that was accepted. */
  add(socket: Socket): void {
    const key = keyOf(socket);
    socket.unref();
    if (this.isClosing || !this.makeRoom()) {
      socket.destroy();
      return;
    }
    const connection = { socket, requests: 0, holds: 0 };
    this.connections.set(key, connection);
    socket.once('close', () => {
      if (this.connections.get(key) === connection) this.connections.delete(key);
    });
  }

  /** Counts a request on a connection. Returns the function to call when its response is complete or the client has left. */
  begin(socket: Socket): { readonly hold: () => void; readonly end: () => void } {
    const key = keyOf(socket);
    const connection = this.connections.get(key);
    if (connection === undefined) return { hold: () => {}, end: () => {} };
    connection.requests++;
    let isHeld = false;
    return {
      hold: () => {
        // A socket without a handle would wait for one.
        if (socket.destroyed) return;
        isHeld = true;
        if (connection.holds++ === 0) socket.ref();
      },
      end: () => {
        connection.requests--;
        if (isHeld && --connection.holds === 0 && !socket.destroyed) socket.unref();
        if (connection.requests > 0 || this.connections.get(key) !== connection) return;
        if (this.isClosing) socket.destroySoon();
        // Idle from now on: behind those that have been for longer.
        this.connections.delete(key);
        this.connections.set(key, connection);
      },
    };
  }

  isIdle(socket: Socket): boolean {
    return (this.connections.get(keyOf(socket))?.requests ?? 0) === 0;
  }

  /** Closes idle connections now, and the others when their requests are answered. */
  close(): void {
    this.isClosing = true;
    for (const { socket, requests } of this.connections.values()) if (requests === 0) socket.destroy();
  }

  /** Cuts all connections. */
  destroy(): void {
    this.isClosing = true;
    for (const { socket } of this.connections.values()) socket.destroy();
  }

  private makeRoom(): boolean {
    if (this.connections.size < this.max) return true;
    for (const [key, { socket, requests }] of this.connections) {
      if (requests > 0) continue;
      this.connections.delete(key);
      socket.destroy();
      return true;
    }
    return false;
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
