import { errorMonitor } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Attributes, Context, Histogram, Meter, MeterProvider, MetricOptions } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { report } from '../diagnostics';
import type { HttpRecorder } from '../instruments/http-recorder';
import { routeOf, UNMATCHED, watchFastify, watchMounts } from './http-routes';

/** Options of {@link bridgeHttp}. */
export interface HttpBridgeOptions {
  /** Read at each request, so that one can be added later. */
  readonly recorders: readonly HttpRecorder[];
  /** Where `http.server.request.duration` and `http.client.request.duration` are recorded. */
  readonly meterProvider: MeterProvider;
  /** Requests that are not measured at all. Asked when the request was dispatched, and when it ends. */
  readonly leaveOut?: (request: IncomingMessage) => boolean;
  /** Names the route of a request that neither a framework nor `setRoute` names. */
  readonly routeOf?: (request: IncomingMessage) => string | undefined;
}

/**
 * The status of a request whose connection closed before a response was begun. There is none on the wire; this is what
 * nginx logs for it. The instrumentation alone would say 200.
 */
export const ABORTED_STATUS = 499;

/** A request on its way to its measurement. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  inFlight: boolean;
}

/**
 * Measures HTTP server requests with `@opentelemetry/instrumentation-http`, and passes each measurement on to the
 * documented families. The stable semantic-convention metrics are recorded beside them, with `http.route`, which the
 * instrumentation alone does not know, and without the status 200 that it gives to requests that were never answered.
 */
export function bridgeHttp(options: HttpBridgeOptions): { stop(): void } {
  const bridge = new HttpBridge(options);
  const instrumentation = new HttpInstrumentation({
    // Called in this order and at once when a request comes in, before the app sees it.
    requestHook: (_span, request) => {
      if (request instanceof IncomingMessage) bridge.arrived(request);
    },
    responseHook: (_span, response) => {
      if (response instanceof ServerResponse) bridge.dispatched(response);
    },
    // Called right before the measurement is recorded.
    applyCustomAttributesOnSpan: (_span, _request, response) => {
      if (response instanceof ServerResponse) bridge.ending(response);
    },
  });
  instrumentation.setMeterProvider({
    getMeter: (name, version, meterOptions) =>
      bridge.meter(options.meterProvider.getMeter(name, version, meterOptions)),
  });
  const unwatch = watchFastify();
  // The instrumentation wraps a module when it is next asked for, also one that was loaded long ago.
  require('node:http');
  require('node:https');
  return {
    stop: () => {
      unwatch();
      instrumentation.disable();
    },
  };
}

class HttpBridge {
  private arriving: IncomingMessage | undefined;
  private readonly exchanges = new WeakMap<ServerResponse, Exchange>();
  /** The exchange whose measurement comes next. */
  private measured: Exchange | undefined;

  constructor(private readonly options: HttpBridgeOptions) {}

  arrived(request: IncomingMessage): void {
    this.arriving = request;
    watchMounts(request);
  }

  dispatched(response: ServerResponse): void {
    const request = this.arriving;
    if (request === undefined) return;
    const exchange: Exchange = { request, response, inFlight: true };
    this.exchanges.set(response, exchange);
    for (const recorder of this.options.recorders) recorder.requestStarted?.();
    // An app whose handler throws is measured at once, without a further word: then it is this exchange.
    this.measured = exchange;
    process.nextTick(() => {
      if (this.measured === exchange) this.measured = undefined;
      // By now a handler of ours has taken its requests.
      if (this.isLeftOut(exchange)) this.leave(exchange);
    });
    response.on(errorMonitor, () => this.ending(response));
    response.on('close', () => this.leave(exchange));
  }

  ending(response: ServerResponse): void {
    this.measured = this.exchanges.get(response);
  }

  /** The instrumentation's meter, its server measurements passing through here. */
  meter(meter: Meter): Meter {
    const wrapped: Meter = Object.create(meter);
    wrapped.createHistogram = (name: string, options?: MetricOptions): Histogram => {
      const histogram = meter.createHistogram(name, options);
      if (name !== 'http.server.request.duration') return histogram;
      return {
        record: (seconds: number, attributes?: Attributes, context?: Context) =>
          this.record(histogram, seconds, attributes ?? {}, context),
      };
    };
    return wrapped;
  }

  private record(histogram: Histogram, seconds: number, attributes: Attributes, context: Context | undefined): void {
    const exchange = this.measured;
    this.measured = undefined;
    if (exchange === undefined) {
      histogram.record(seconds, attributes, context);
      return;
    }
    if (this.isLeftOut(exchange)) return;
    const { request, response } = exchange;
    const route = this.route(request);
    const wasAnswered = response.headersSent;
    const semconv: Attributes = { ...attributes };
    if (route !== undefined) semconv['http.route'] = route;
    if (!wasAnswered) {
      delete semconv['http.response.status_code'];
      semconv['error.type'] ??= 'aborted';
    }
    histogram.record(seconds, semconv, context);
    const status = wasAnswered ? response.statusCode : ABORTED_STATUS;
    const method = String(attributes['http.request.method'] ?? request.method ?? '_OTHER');
    for (const recorder of this.options.recorders) {
      recorder.recordHttpRequest(method, route ?? recorder.unmatchedEndpoint ?? UNMATCHED, status, seconds);
    }
  }

  private leave(exchange: Exchange): void {
    if (!exchange.inFlight) return;
    exchange.inFlight = false;
    for (const recorder of this.options.recorders) recorder.requestEnded?.();
  }

  private isLeftOut({ request }: Exchange): boolean {
    return this.options.leaveOut?.(request) === true;
  }

  private route(request: IncomingMessage): string | undefined {
    const route = routeOf(request);
    if (route !== undefined) return route;
    try {
      return this.options.routeOf?.(request);
    } catch (error) {
      report('route', `routeOf failed: ${error}; the request counts as ${UNMATCHED}`);
      return undefined;
    }
  }
}
