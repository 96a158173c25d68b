import { type IncomingMessage, ServerResponse } from 'node:http';
import { type Attributes, type Meter, type MeterProvider, ProxyTracerProvider } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { isServerPatched, SERVER_DURATION } from './foreign-instrumentation';
import { overrideHistograms } from './meter-override';
import type { FindRoute } from './routes';

/** Options of {@link startStockInstrumentation}. */
export interface StockInstrumentationOptions {
  readonly meterProvider: MeterProvider;
  /** Requests that are not measured. */
  readonly ignore: (request: IncomingMessage) => boolean;
  readonly findRoute: FindRoute;
}

/** A running `@opentelemetry/instrumentation-http`. */
export interface StockInstrumentation {
  /** Returns whether it measures a request. It does not if another instance has replaced its patches. */
  measures(response: ServerResponse): boolean;
  stop(): void;
}

/**
 * One instance for the life of the process: the hook of `require` that it patches modules with calls an instrumentation
 * when a module is loaded for the first time, and never an instance that is created later.
 */
let instrumentation: HttpInstrumentation | undefined;

/**
 * Starts `@opentelemetry/instrumentation-http`, which records `http.server.request.duration`. Adds `http.route` to its
 * measurements, and removes the status 200 that it gives to requests that were never answered.
 *
 * @returns `undefined` if the app has instrumented HTTP itself: of two instances, the later one disables the earlier
 */
export function startStockInstrumentation(options: StockInstrumentationOptions): StockInstrumentation | undefined {
  require('node:http');
  if (isServerPatched()) return undefined;
  const measured = new WeakSet<ServerResponse>();
  /** The response whose measurement is recorded next. */
  let ending: ServerResponse | undefined;
  const config = {
    // Clients are measured from channels: patching them would add headers to the requests of the app.
    disableOutgoingRequestInstrumentation: true,
    ignoreIncomingRequestHook: options.ignore,
    responseHook: (_span: unknown, response: unknown) => {
      if (response instanceof ServerResponse) measured.add(response);
    },
    // Called synchronously before a measurement is recorded.
    applyCustomAttributesOnSpan: (_span: unknown, _request: unknown, response: unknown) => {
      ending = response instanceof ServerResponse ? response : undefined;
    },
  };
  const correct = (attributes: Attributes): Attributes => {
    const response = ending;
    ending = undefined;
    if (response === undefined) return attributes;
    const corrected = { ...attributes };
    const { req } = response;
    const route = options.findRoute(req, req);
    if (route !== undefined) corrected['http.route'] = route;
    if (!response.headersSent) {
      delete corrected['http.response.status_code'];
      corrected['error.type'] ??= 'aborted';
    }
    return corrected;
  };
  const { meterProvider } = options;
  instrumentation ??= new HttpInstrumentation({ enabled: false });
  instrumentation.setConfig(config);
  // Whether requests have spans is the decision of the app.
  instrumentation.setTracerProvider(new ProxyTracerProvider());
  instrumentation.setMeterProvider({
    getMeter: (name, version, meterOptions) =>
      correctingMeter(meterProvider.getMeter(name, version, meterOptions), correct),
  });
  instrumentation.enable();
  // The modules are patched when they are required.
  require('node:http');
  require('node:https');
  return { measures: (response) => measured.has(response), stop: () => instrumentation?.disable() };
}

/** Returns a meter whose histogram of server requests records corrected attributes. */
function correctingMeter(meter: Meter, correct: (attributes: Attributes) => Attributes): Meter {
  return overrideHistograms(meter, (name, options) => {
    const histogram = meter.createHistogram(name, options);
    if (name !== SERVER_DURATION) return histogram;
    return { record: (seconds, attributes = {}, context) => histogram.record(seconds, correct(attributes), context) };
  });
}
