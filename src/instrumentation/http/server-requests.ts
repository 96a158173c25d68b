import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { report } from '../../diagnostics';
import type { BoundHttpRequest, HttpExchange, HttpRecorder } from '../../instruments/http-recorder';
import { finalStatus, requestBytes, responseBytes } from './exchange-ending';
import { observeExpressMounts } from './express-routes';
import { type FindRoute, UNMATCHED } from './routes';
import type { SemconvServerRecorder } from './semconv-server';
import { SeriesCache } from './series-cache';

/** Options of {@link ServerRequests}. */
export interface ServerRequestsOptions {
  /** Called for every request. Can grow. */
  readonly recorders: readonly HttpRecorder[];
  readonly semconv: SemconvServerRecorder | undefined;
  /** Requests that are not measured. Called when a request arrives. */
  readonly ignore?: ((request: IncomingMessage) => boolean) | undefined;
  /** Servers whose requests are not measured. */
  readonly ignoreServer?: ((server: Server) => boolean) | undefined;
  /** Returns whether another instrumentation records the duration of the semantic conventions for a request. */
  readonly isMeasured?: ((response: ServerResponse) => boolean) | undefined;
  readonly findRoute: FindRoute;
}

/** A request that is being handled. */
interface OpenExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly startedAt: number;
  readonly scheme: 'http' | 'https';
}

/** Measures HTTP server requests from their arrival to the end of the response or of the connection. */
export class ServerRequests {
  /** The open exchanges of every connection that has carried a request. More than one if requests are pipelined. */
  private readonly connections = new Map<Socket, OpenExchange[]>();
  private readonly series = new SeriesCache();
  private readonly onClose: (this: Socket) => void;

  constructor(private readonly options: ServerRequestsOptions) {
    const requests = this;
    this.onClose = function (this: Socket) {
      requests.closeConnection(this);
    };
  }

  start(request: IncomingMessage, response: ServerResponse, socket: Socket, server: Server): void {
    if (this.isIgnored(request, server)) return;
    const scheme = 'encrypted' in socket ? 'https' : 'http';
    const exchange: OpenExchange = { request, response, startedAt: performance.now(), scheme };
    const open = this.connections.get(socket);
    if (open === undefined) {
      this.connections.set(socket, [exchange]);
      socket.once('close', this.onClose);
    } else {
      open.push(exchange);
    }
    observeExpressMounts(request);
    const method = request.method ?? '';
    this.options.semconv?.addActive(1, method, scheme);
    for (const recorder of this.options.recorders) recorder.requestStarted?.(method);
  }

  finish(response: ServerResponse, socket: Socket): void {
    const open = this.connections.get(socket);
    if (open === undefined) return;
    const i = open.findIndex((exchange) => exchange.response === response);
    const exchange = open[i];
    if (exchange === undefined) return;
    open.splice(i, 1);
    this.end(exchange);
  }

  stop(): void {
    for (const socket of this.connections.keys()) socket.off('close', this.onClose);
    this.connections.clear();
  }

  private closeConnection(socket: Socket): void {
    const open = this.connections.get(socket) ?? [];
    this.connections.delete(socket);
    for (const exchange of open) this.end(exchange);
  }

  private isIgnored(request: IncomingMessage, server: Server): boolean {
    const { ignore, ignoreServer } = this.options;
    try {
      return ignoreServer?.(server) === true || ignore?.(request) === true;
    } catch (error) {
      report('http-option', `http.ignore failed: ${error}; the request is measured`, 'http.ignore');
      return false;
    }
  }

  private end({ request, response, startedAt, scheme }: OpenExchange): void {
    const seconds = (performance.now() - startedAt) / 1000;
    const { recorders, semconv } = this.options;
    const method = request.method ?? '';
    semconv?.addActive(-1, method, scheme);
    for (const recorder of recorders) recorder.requestEnded?.(method);
    const route = this.options.findRoute(request);
    const status = finalStatus(request, response);
    const received = requestBytes(request);
    const sent = responseBytes(request, response);
    const wasAnswered = response.headersSent;
    const version = request.httpVersion;
    const recordsDuration = this.options.isMeasured?.(response) !== true;
    const kind = { method, route, status, wasAnswered, scheme, version, recordsDuration } as const;
    for (const series of this.series.get(kind, recorders.length, () => this.bind(kind))) {
      series.record(seconds, received, sent);
    }
    for (const recorder of recorders) {
      if (recorder.bindHttpRequest !== undefined) continue;
      const endpoint = route ?? recorder.unmatchedEndpoint ?? UNMATCHED;
      if (recorder.recordExchange === undefined) recorder.recordHttpRequest(method, endpoint, status, seconds);
      else {
        const exchange: HttpExchange = {
          request,
          response,
          method,
          route: endpoint,
          status,
          seconds,
          requestBytes: received,
          responseBytes: sent,
        };
        recordSafely(recorder, exchange);
      }
    }
  }

  private bind(kind: Parameters<SemconvServerRecorder['bind']>[0]): BoundHttpRequest[] {
    const { recorders, semconv } = this.options;
    const bound = recorders.flatMap((recorder) => {
      const endpoint = kind.route ?? recorder.unmatchedEndpoint ?? UNMATCHED;
      return recorder.bindHttpRequest?.(kind.method, endpoint, kind.status) ?? [];
    });
    return semconv === undefined ? bound : [...bound, semconv.bind(kind)];
  }
}

/** The labels of a request come from a function of the app. */
function recordSafely(recorder: HttpRecorder, exchange: HttpExchange): void {
  try {
    recorder.recordExchange?.(exchange);
  } catch (error) {
    report('http-option', `http.labels failed: ${error}; the request is not recorded`, 'http.labels');
  }
}
