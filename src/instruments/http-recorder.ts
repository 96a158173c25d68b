import type { IncomingMessage, ServerResponse } from 'node:http';
import { CatalogError } from '../catalog/define';
import type { Catalog, HttpRole, MetricDefinition } from '../catalog/definition';
import { isClosed, OTHER_LABEL_VALUE } from '../catalog/labels';
import { invalidValue } from '../issues';
import type {
  BoundCatalogCounter,
  BoundCatalogHistogram,
  BoundCatalogUpDownCounter,
  Instruments,
} from './instrument-types';

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

type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;

/** The labels of an instrument as its methods accept them. */
type InstrumentLabels<I> = I extends { bind(...args: infer A): unknown } ? NonNullable<A[0]> : never;

/** Every label of the instruments of `R` but `inFlight`. */
export type HttpLabels<R> = UnionToIntersection<InstrumentLabels<Omit<R, 'inFlight'>[keyof Omit<R, 'inFlight'>]>> &
  object;

/** Options of {@link createHttpRecorder}. */
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

type LabelSource = 'method' | 'route' | 'status';

const LABEL_SOURCES: Readonly<Record<LabelSource, readonly string[]>> = {
  method: ['method', 'http_method', 'http_request_method'],
  route: ['endpoint', 'route', 'path', 'handler', 'http_route'],
  status: ['status', 'status_code', 'code', 'http_status_code', 'http_response_status_code'],
};

const SOURCE_BY_LABEL = new Map(
  Object.entries(LABEL_SOURCES).flatMap(([source, labels]) =>
    labels.map((label) => [label, source as LabelSource] as const),
  ),
);

/**
 * Returns a recorder of HTTP server requests in the instruments of any catalog.
 *
 * @throws CatalogError if a label cannot be filled, with paths such as `record.duration.labels.tenant`
 * @example
 * createHttpRecorder({ duration: shop.httpSeconds, requests: shop.httpRequests });
 */
export function createHttpRecorder<R extends HttpInstruments, const L extends HttpLabels<R> = HttpLabels<R>>(
  record: R,
  options: HttpRecorderOptions<L> = {},
): HttpRecorder {
  const { labels, statusClasses = false, unmatched } = options;
  const recorder = new CatalogHttpRecorder(record, statusClasses);
  const { inFlight } = record;
  const common: HttpRecorder = {
    recordHttpRequest: (method, endpoint, status, seconds) =>
      recorder.bind(method, endpoint, status).record(seconds, undefined, undefined),
    ...(unmatched === undefined ? {} : { unmatchedEndpoint: unmatched }),
    ...(inFlight === undefined
      ? {}
      : {
          requestStarted: (method: string) => recorder.bindInFlight(method).inc(),
          requestEnded: (method: string) => recorder.bindInFlight(method).dec(),
        }),
  };
  const issues = recorder.findIssues(labels === undefined);
  if (issues.length > 0) throw new CatalogError(issues);
  if (labels === undefined) {
    return { ...common, bindHttpRequest: (method, endpoint, status) => recorder.bind(method, endpoint, status) };
  }
  return { ...common, recordExchange: (exchange) => recorder.record(exchange, labels(exchange) as LabelRecord) };
}

/**
 * Returns a recorder of HTTP server requests in the metrics of a catalog that have a role (`MetricDefinition.http`), or
 * `undefined` if none has.
 *
 * @param instruments the instruments of the catalog
 * @throws CatalogError if a label cannot be filled by its name
 */
export function createCatalogHttpRecorder(
  catalog: Catalog,
  instruments: Instruments<Catalog>,
): HttpRecorder | undefined {
  const byRole = new Map<HttpRole, unknown>();
  for (const [key, { http }] of Object.entries(catalog.metrics)) {
    if (http !== undefined) byRole.set(http, instruments[key]);
  }
  if (byRole.size === 0) return undefined;
  return createHttpRecorder({
    duration: byRole.get('duration'),
    requests: byRole.get('requests'),
    inFlight: byRole.get('in_flight'),
    requestSize: byRole.get('request_size'),
    responseSize: byRole.get('response_size'),
  } as HttpInstruments);
}

type LabelRecord = Readonly<Record<string, string | number>>;

function bindLabels<B>(
  instrument: HttpInstrument<B> | undefined,
  labels: (definition: MetricDefinition) => LabelRecord,
): B | undefined {
  // The labels of a catalog are known at run time only.
  return instrument?.bind(labels(instrument.definition) as never);
}

class CatalogHttpRecorder {
  private readonly inFlight = new Map<string, BoundCatalogUpDownCounter>();

  constructor(
    private readonly instruments: HttpInstruments,
    private readonly statusClasses: boolean,
  ) {}

  findIssues(isFilledByName: boolean) {
    return Object.entries(this.instruments).flatMap(([key, instrument]) => {
      const definition = (instrument as { readonly definition?: MetricDefinition } | undefined)?.definition;
      if (instrument === undefined) return [];
      if (definition === undefined) return [invalidValue(`record.${key}`, instrument, 'an instrument of a catalog')];
      const accepted =
        key === 'inFlight'
          ? LABEL_SOURCES.method
          : isFilledByName
            ? [...SOURCE_BY_LABEL.keys()]
            : Object.keys(definition.labels ?? {});
      return Object.keys(definition.labels ?? {})
        .filter((label) => !accepted.includes(label))
        .map((label) =>
          invalidValue(`record.${key}.labels`, label, `one of ${accepted.join(', ')}, or the option labels`),
        );
    });
  }

  bind(method: string, route: string, status: number): BoundHttpRequest {
    const statusText = this.statusClasses ? `${Math.floor(status / 100)}xx` : String(status);
    return this.bindInstruments((definition) => fillByName(definition, { method, route, status: statusText }));
  }

  bindInFlight(method: string): BoundCatalogUpDownCounter {
    const known = this.inFlight.get(method);
    if (known !== undefined) return known;
    const bound = bindLabels(this.instruments.inFlight, (definition) =>
      fillByName(definition, { method, route: '', status: '' }),
    ) as BoundCatalogUpDownCounter;
    // Clients choose methods; HTTP/1 parsers know about 35.
    if (this.inFlight.size < 64) this.inFlight.set(method, bound);
    return bound;
  }

  record(exchange: HttpExchange, labels: LabelRecord): void {
    const bound = this.bindInstruments(({ labels: schema = {} }) =>
      Object.fromEntries(
        Object.keys(schema).flatMap((label) => (label in labels ? [[label, labels[label] ?? '']] : [])),
      ),
    );
    bound.record(exchange.seconds, exchange.requestBytes, exchange.responseBytes);
  }

  private bindInstruments(labels: (definition: MetricDefinition) => LabelRecord): BoundHttpRequest {
    const { duration, requests, requestSize, responseSize } = this.instruments;
    const bound = {
      duration: bindLabels(duration, labels),
      requests: bindLabels(requests, labels),
      requestSize: bindLabels(requestSize, labels),
      responseSize: bindLabels(responseSize, labels),
    };
    return {
      record: (seconds, requestBytes, responseBytes) => {
        bound.requests?.inc();
        bound.duration?.record(seconds);
        if (requestBytes !== undefined) bound.requestSize?.record(requestBytes);
        if (responseBytes !== undefined) bound.responseSize?.record(responseBytes);
      },
    };
  }
}

function fillByName(
  { labels = {} }: MetricDefinition,
  values: { readonly [S in LabelSource]: string },
): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const [label, accepted] of Object.entries(labels)) {
    const source = SOURCE_BY_LABEL.get(label);
    if (source === undefined) continue;
    filled[label] =
      source === 'method' ? normalizeMethod(values.method, isClosed(accepted) ? accepted : METHODS) : values[source];
  }
  return filled;
}

/** The methods of RFC 9110, RFC 5789 (PATCH) and the QUERY method, for labels that list none. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY'];

/**
 * Returns a listed method, given in upper or lower case, in upper case, and `_OTHER` for any other. Clients choose the
 * method: one that is not listed must not become a label, and is no mistake of the app that would have to be reported.
 */
function normalizeMethod(method: string, listed: readonly string[]): string {
  const value = method === method.toLowerCase() ? method.toUpperCase() : method;
  return listed.includes(value) ? value : OTHER_LABEL_VALUE;
}
