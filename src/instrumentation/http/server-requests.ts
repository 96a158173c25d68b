import type { Server, ServerResponse } from 'node:http';
import { report } from '../../diagnostics';
import type { BoundHttpRequest, HttpExchange, HttpRecorder, HttpRequest } from '../../instruments/http-recorder';
import { ABORTED_STATUS } from './exchange-ending';
import { type FindRoute, UNMATCHED } from './routes';
import type { ActiveRequests, RequestKind, SemconvServerRecorder } from './semconv-server';
import { SeriesCache } from './series-cache';

/** Options of {@link ServerRequests}. */
export interface ServerRequestsOptions {
  /** Called for every request. Can grow. */
  readonly recorders: readonly HttpRecorder[];
  readonly semconv: SemconvServerRecorder | undefined;
  /** Requests that are not measured. Called when a request arrives. */
  readonly ignore?: ((request: HttpRequest) => boolean) | undefined;
  /** Servers whose requests are not measured. */
  readonly ignoreServer?: ((server: Server) => boolean) | undefined;
  readonly findRoute: FindRoute;
}

/** A request that is being handled. */
export interface OpenExchange {
  readonly request: HttpRequest;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly startedAt: number;
  /** The number of active requests of the semantic conventions that it counts in. */
  readonly active: ActiveRequests | undefined;
}

/** How an exchange has ended. */
export interface Ending {
  /** What the route of the request is known by. */
  readonly key: object;
  readonly response: ServerResponse | undefined;
  /** The status that was sent, or `undefined` if the connection was closed before. */
  readonly status: number | undefined;
  /** The version of HTTP, such as `1.1`. */
  readonly version: string;
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
  /** `false` if another instrumentation records `http.server.request.duration`. */
  readonly recordsDuration: boolean;
}

/** Records HTTP server requests from their arrival to their end. */
export class ServerRequests {
  private readonly series = new SeriesCache((kind) => this.bind(kind));

  constructor(private readonly options: ServerRequestsOptions) {}

  /** @returns `undefined` if the request is not measured */
  start(request: HttpRequest, scheme: 'http' | 'https', server: Server | undefined): OpenExchange | undefined {
    if (this.isIgnored(request, server)) return undefined;
    const { method = '' } = request;
    const active = this.options.semconv?.activeRequests(method, scheme);
    active?.add(1);
    for (const recorder of this.options.recorders) recorder.requestStarted?.(method);
    return { request, method, scheme, startedAt: performance.now(), active };
  }

  end(exchange: OpenExchange, ending: Ending): void {
    const seconds = (performance.now() - exchange.startedAt) / 1000;
    const { request, method, scheme } = exchange;
    const { recorders } = this.options;
    exchange.active?.add(-1);
    for (const recorder of recorders) recorder.requestEnded?.(method);
    const { requestBytes, responseBytes, version, recordsDuration } = ending;
    const route = this.options.findRoute(request, ending.key);
    const wasAnswered = ending.status !== undefined;
    const status = ending.status ?? ABORTED_STATUS;
    const kind: RequestKind = { method, route, status, wasAnswered, scheme, version, recordsDuration };
    for (const series of this.series.get(kind, recorders.length)) {
      series.record(seconds, requestBytes, responseBytes);
    }
    for (const recorder of recorders) {
      if (recorder.bindHttpRequest !== undefined) continue;
      const endpoint = route ?? recorder.unmatchedEndpoint ?? UNMATCHED;
      if (recorder.recordExchange === undefined) recorder.recordHttpRequest(method, endpoint, status, seconds);
      else {
        const { response } = ending;
        recordExchange(recorder, {
          request,
          response,
          method,
          route: endpoint,
          status,
          seconds,
          requestBytes,
          responseBytes,
        });
      }
    }
  }

  private isIgnored(request: HttpRequest, server: Server | undefined): boolean {
    const { ignore, ignoreServer } = this.options;
    try {
      return (server !== undefined && ignoreServer?.(server) === true) || ignore?.(request) === true;
    } catch (error) {
      report('http-option', `http.ignore failed: ${error}; the request is measured`, 'http.ignore');
      return false;
    }
  }

  private bind(kind: RequestKind): BoundHttpRequest[] {
    const { recorders, semconv } = this.options;
    const bound = recorders.flatMap((recorder) => {
      const endpoint = kind.route ?? recorder.unmatchedEndpoint ?? UNMATCHED;
      return recorder.bindHttpRequest?.(kind.method, endpoint, kind.status) ?? [];
    });
    return semconv === undefined ? bound : [...bound, semconv.bind(kind)];
  }
}

/** The labels of a request come from a function of the app. */
function recordExchange(recorder: HttpRecorder, exchange: HttpExchange): void {
  try {
    recorder.recordExchange?.(exchange);
  } catch (error) {
    report('http-option', `http.labels failed: ${error}; the request is not recorded`, 'http.labels');
  }
}
