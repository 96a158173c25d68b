import type { Server } from 'node:http';
import type { AllSource } from 'meterbridge/systems/allsource';
import { WebSocket, WebSocketServer } from 'ws';
import type { StoredEvent } from './event';

/** A subscriber that leaves more bytes than this unread is disconnected. */
const MAX_BUFFERED = 1_000_000;

/** Sends events to WebSocket clients of `/api/v1/stream`: all, or those of one type after a client has sent `{"event_type": ...}`. */
export class Subscriptions {
  private readonly server: WebSocketServer;
  private readonly wanted = new WeakMap<WebSocket, string>();

  constructor(
    server: Server,
    private readonly metrics: AllSource,
  ) {
    this.server = new WebSocketServer({ server, path: '/api/v1/stream', maxPayload: 10_000 });
    this.server.on('connection', (socket) => this.accept(socket));
  }

  feed(event: StoredEvent): void {
    let text: string | undefined;
    for (const socket of this.server.clients) {
      const wanted = this.wanted.get(socket);
      if (socket.readyState !== WebSocket.OPEN || (wanted !== undefined && wanted !== event.event_type)) continue;
      if (socket.bufferedAmount > MAX_BUFFERED) {
        this.metrics.recordWebsocketError();
        socket.terminate();
        continue;
      }
      text ??= JSON.stringify(event);
      socket.send(text);
      this.metrics.recordWebsocketMessageSent();
    }
  }

  close(): void {
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
  }

  private accept(socket: WebSocket): void {
    this.metrics.recordWebsocketOpened();
    socket.once('close', () => this.metrics.recordWebsocketClosed());
    socket.on('error', () => this.metrics.recordWebsocketError());
    socket.on('message', (data) => {
      try {
        const { event_type } = JSON.parse(String(data)) as { event_type: unknown };
        if (typeof event_type !== 'string') throw new Error('invalid event_type: expected a string');
        this.wanted.set(socket, event_type);
      } catch {
        this.metrics.recordWebsocketError();
        socket.close(1003, 'send {"event_type": "..."}');
      }
    });
  }
}
