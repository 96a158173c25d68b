import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MetricDefinition } from '../catalog/definition';
import type { BoundCatalogCounter, BoundCatalogHistogram, BoundCatalogUpDownCounter } from './instrument-types';

/** Records HTTP server requests in the metrics of a catalog. HTTP instrumentation calls it for every request. */
export interface HttpRecorder {
  /**
   * Records a request that has ended.
   *
   * @param method the method as it was received, in any case
   * @param endpoint the template of the matched route, never the path of the request; {@link unmatchedEndpoint} if no
   *   route matched
   * @param status the status of the response; 499 if the connection was closed before a response began
   * @param seconds from the arrival of the request to the end of the response, at least 0
   */
  recordHttpRequest(method: string, endpoint: string, status: number, seconds: number): void;
  /**
   * Returns a handle that records requests of one method, endpoint and status. The instrumentation keeps it, so that the
   * labels are looked up once. Without it, {@link recordExchange} or {@link recordHttpRequest} is called for every request.
   */
  bindHttpRequest?(method: string, endpoint: string, status: number): BoundHttpRequest;
  /** Records a request whose labels depend on more than method, endpoint and status. */
  recordExchange?(exchange: HttpExchange): void;
  /** Called when a request arrives. */
  requestStarted?(method: string): void;
  /** Called once for each started request, when its response has ended or its connection has closed. */
  requestEnded?(method: string): void;
  /** The `endpoint` of requests that match no route; `unmatched` by default. */
  readonly unmatchedEndpoint?: string;
}

/** Records requests of one method, endpoint and status. */
export interface BoundHttpRequest {
  /**
   * @param seconds from the arrival of the request to the end of the response
   * @param requestBytes the size of the body of the request, if it is known
   * @param responseBytes the size of the body of the response, if it is known
   */
  record(seconds: number, requestBytes: number | undefined, responseBytes: number | undefined): void;
}

/** The properties of a request that HTTP/1 and HTTP/2 have in common. For HTTP/1 it is the `IncomingMessage` of Node.js. */
export type HttpRequest = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'httpVersion'>;

/** An HTTP server request and its response, after the response has ended. */
export interface HttpExchange {
  /** The request; its body may have been read by the app. */
  readonly request: HttpRequest;
  /** The response of HTTP/1; `undefined` for HTTP/2. */
  readonly response: ServerResponse | undefined;
  /** The method as it was received. Clients choose it. */
  readonly method: string;
  /** The template of the matched route, or the value for requests that match no route. */
  readonly route: string;
  /** The status of the response; 499 if the connection was closed before a response began. */
  readonly status: number;
  /** From the arrival of the request to the end of the response. */
  readonly seconds: number;
  /** The size of the body of the request in bytes, if it is known. */
  readonly requestBytes: number | undefined;
  /** The size of the body of the response in bytes, if it is known. */
  readonly responseBytes: number | undefined;
}

/** An instrument of any catalog whose series are of the type `B`. */
export interface HttpInstrument<B> {
  /** The definition that the instrument was created from. */
  readonly definition: MetricDefinition;
  /** The labels depend on the catalog. */
  bind(labels: never): B;
}

/** The instruments of a catalog that record HTTP server requests. Each is optional. */
export interface HttpInstruments {
  /** Seconds from the arrival of a request to the end of its response. */
  readonly duration?: HttpInstrument<BoundCatalogHistogram> | undefined;
  /** Requests that have ended. */
  readonly requests?: HttpInstrument<BoundCatalogCounter> | undefined;
  /** Requests that are being handled. Can have a label for the method and no other. */
  readonly inFlight?: HttpInstrument<BoundCatalogUpDownCounter> | undefined;
  /** Bytes of the body of a request. Recorded if the request has a `Content-Length`. */
  readonly requestSize?: HttpInstrument<BoundCatalogHistogram> | undefined;
  /** Bytes of the body of a response. Recorded if the app sets a `Content-Length`. */
  readonly responseSize?: HttpInstrument<BoundCatalogHistogram> | undefined;
}

/** A value that is of every type of a union. */
export type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;

/** The labels of an instrument as its methods accept them. */
export type InstrumentLabels<I> = I extends { bind(...args: infer A): unknown } ? NonNullable<A[0]> : never;

/** Every label of the instruments of `R` but `inFlight`. */
export type HttpLabels<R> = UnionToIntersection<InstrumentLabels<Omit<R, 'inFlight'>[keyof Omit<R, 'inFlight'>]>> &
  object;

/** Options of `createHttpRecorder`. */
export interface HttpRecorderOptions<L extends object = object> {
  /**
   * Returns the labels of a request. Each instrument records those that its definition has. Without it, labels are filled
   * by their names: `method`, `http_method` and `http_request_method`; `endpoint`, `route`, `path`, `handler` and
   * `http_route`; `status`, `status_code`, `code`, `http_status_code` and `http_response_status_code`. Values must be
   * bounded: clients choose paths, queries and headers. Costs a look-up of the labels for every request.
   */
  readonly labels?: ((exchange: HttpExchange) => L) | undefined;
  /** Whether statuses are recorded as classes: `2xx` instead of `204`. Has no effect on {@link labels}. `false` by default. */
  readonly statusClasses?: boolean | undefined;
  /** The route of requests that match none. `unmatched` by default. */
  readonly unmatched?: string | undefined;
}
