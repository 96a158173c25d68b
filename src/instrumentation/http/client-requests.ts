import { type Attributes, type Context, context, type Histogram, type MeterProvider } from '@opentelemetry/api';
import { SUPPRESS_TRACING } from '../../suppress-tracing';
import { DURATION_BUCKETS, OTHER, SCOPE } from './semconv-attributes';

/** The number of servers that have series of their own. Requests to further ones share the address `_OTHER`. */
const MAX_SERVERS = 100;

/** A request of a client that has not ended. */
export interface OpenClientRequest {
  readonly method: string;
  readonly address: string;
  readonly port: number | undefined;
  readonly startedAt: number;
  readonly context: Context;
}

/** Records HTTP client requests in `http.client.request.duration` (OpenTelemetry semantic conventions, HTTP client). */
export class ClientRequests {
  private readonly duration: Histogram;
  private readonly servers = new Set<string>();

  /** @param knownMethods the values of `http.request.method`. Any other method is recorded as `_OTHER` */
  constructor(
    meterProvider: MeterProvider,
    private readonly knownMethods: ReadonlySet<string>,
  ) {
    this.duration = meterProvider.getMeter(SCOPE).createHistogram('http.client.request.duration', {
      description: 'Duration of HTTP client requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATION_BUCKETS },
    });
  }

  /** @returns the request, or `undefined` if it is a request of an exporter */
  start(method: string, address: string, port: number | undefined): OpenClientRequest | undefined {
    const active = context.active();
    if (active.getValue(SUPPRESS_TRACING) === true) return undefined;
    return { method, address, port, startedAt: performance.now(), context: active };
  }

  /**
   * @param outcome the status of the response, or the error of a request without one
   * @param version the version of HTTP, if it is known
   */
  end(open: OpenClientRequest, outcome: number | Error, version?: string): void {
    const seconds = (performance.now() - open.startedAt) / 1000;
    const attributes: Attributes = {
      'http.request.method': this.knownMethods.has(open.method) ? open.method : OTHER,
      ...this.server(open),
    };
    if (version !== undefined) attributes['network.protocol.version'] = version;
    if (typeof outcome === 'number') {
      attributes['http.response.status_code'] = outcome;
      if (outcome >= 400) attributes['error.type'] = String(outcome);
    } else {
      attributes['error.type'] = errorType(outcome);
    }
    this.duration.record(seconds, attributes, open.context);
  }

  private server({ address, port }: OpenClientRequest): Attributes {
    const key = `${address}:${port}`;
    if (!this.servers.has(key)) {
      if (this.servers.size >= MAX_SERVERS) return { 'server.address': OTHER };
      this.servers.add(key);
    }
    return { 'server.address': address, ...(port === undefined ? {} : { 'server.port': port }) };
  }
}

/** Returns the code of an error, such as `ECONNREFUSED`, or its name. Messages are not bounded. */
function errorType(error: Error): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)
    ? code
    : /^\w{1,60}$/.test(name)
      ? name
      : 'Error';
}
