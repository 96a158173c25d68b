import { CatalogError } from '../catalog/define';
import type { Catalog, HttpRole, MetricDefinition } from '../catalog/definition';
import { isClosed, OTHER_LABEL_VALUE } from '../catalog/labels';
import { type Issue, invalidValue } from '../issues';
import type {
  BoundHttpRequest,
  HttpExchange,
  HttpInstrument,
  HttpInstruments,
  HttpLabels,
  HttpRecorder,
  HttpRecorderOptions,
} from './http-recorder';
import type { BoundCatalogUpDownCounter, Instruments } from './instrument-types';

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

  findIssues(isFilledByName: boolean): Issue[] {
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
    const bound = this.bindInstruments(({ labels: schema = {} }) => {
      const names = Object.keys(schema).filter((label) => Object.hasOwn(labels, label));
      return Object.fromEntries(names.map((label) => [label, labels[label] as string | number]));
    });
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
