import type { Attributes, Histogram, Meter, MeterProvider, UpDownCounter } from '@opentelemetry/api';
import type { BoundHttpRequest } from '../../instruments/http-recorder';
import { bindInstrument } from '../../instruments/instrument-series';
import { DURATION_BUCKETS, OTHER, SCOPE, SIZE_BUCKETS } from './semconv-attributes';

/** What distinguishes the series of requests. */
export interface RequestKind {
  readonly method: string;
  readonly route: string | undefined;
  readonly status: number;
  /** Whether a response was sent; otherwise there was no status on the wire. */
  readonly wasAnswered: boolean;
  readonly scheme: 'http' | 'https';
  /** The version of HTTP, such as `1.1`. */
  readonly version: string;
  /** `false` if another instrumentation records `http.server.request.duration`. */
  readonly recordsDuration: boolean;
}

/** The number of requests of one method and scheme that are being handled. */
export interface ActiveRequests {
  add(change: 1 | -1): void;
}

/**
 * Records HTTP server requests in the metrics of the OpenTelemetry semantic conventions (HTTP metrics, HTTP server).
 */
export class SemconvServerRecorder {
  private readonly duration: Histogram;
  private readonly requestSize: Histogram;
  private readonly responseSize: Histogram;
  private readonly active: UpDownCounter;
  private readonly activeHttp = new Map<string, ActiveRequests>();
  private readonly activeHttps = new Map<string, ActiveRequests>();

  /** @param knownMethods the values of `http.request.method`. Any other method is recorded as `_OTHER` */
  constructor(
    meterProvider: MeterProvider,
    private readonly knownMethods: ReadonlySet<string>,
  ) {
    const meter = meterProvider.getMeter(SCOPE);
    this.duration = meter.createHistogram('http.server.request.duration', {
      description: 'Duration of HTTP server requests.',
      unit: 's',
      advice: { explicitBucketBoundaries: DURATION_BUCKETS },
    });
    this.requestSize = createBodySize(meter, 'request');
    this.responseSize = createBodySize(meter, 'response');
    this.active = meter.createUpDownCounter('http.server.active_requests', {
      description: 'Number of active HTTP server requests.',
      unit: '{request}',
    });
  }

  /** Returns the series in which requests of a method and scheme are counted while they are handled. */
  activeRequests(method: string, scheme: 'http' | 'https'): ActiveRequests {
    const known = this.knownMethods.has(method) ? method : OTHER;
    const byMethod = scheme === 'http' ? this.activeHttp : this.activeHttps;
    let series = byMethod.get(known);
    if (series === undefined) {
      series = bindInstrument(this.active, { 'http.request.method': known, 'url.scheme': scheme });
      byMethod.set(known, series);
    }
    return series;
  }

  bind(kind: RequestKind): BoundHttpRequest {
    const attributes = requestAttributes(kind, this.knownMethods);
    const duration = kind.recordsDuration ? bindInstrument(this.duration, attributes) : undefined;
    const requestSize = bindInstrument(this.requestSize, attributes);
    const responseSize = bindInstrument(this.responseSize, attributes);
    return {
      record: (seconds, requestBytes, responseBytes) => {
        duration?.record(seconds);
        if (requestBytes !== undefined) requestSize.record(requestBytes);
        if (responseBytes !== undefined) responseSize.record(responseBytes);
      },
    };
  }
}

function createBodySize(meter: Meter, message: 'request' | 'response'): Histogram {
  return meter.createHistogram(`http.server.${message}.body.size`, {
    description: `Size of HTTP server ${message} bodies.`,
    unit: 'By',
    advice: { explicitBucketBoundaries: SIZE_BUCKETS },
  });
}

function requestAttributes(
  { method, route, status, wasAnswered, scheme, version }: RequestKind,
  knownMethods: ReadonlySet<string>,
): Attributes {
  const attributes: Attributes = {
    'http.request.method': knownMethods.has(method) ? method : OTHER,
    'url.scheme': scheme,
    'network.protocol.version': version,
  };
  if (route !== undefined) attributes['http.route'] = route;
  if (wasAnswered) attributes['http.response.status_code'] = status;
  if (!wasAnswered) attributes['error.type'] = 'aborted';
  else if (status >= 500) attributes['error.type'] = String(status);
  return attributes;
}
