import type { Server, ServerResponse } from 'node:http';
import type { MeterProvider } from '@opentelemetry/api';
import { report } from '../../diagnostics';
import type { HttpRecorder, HttpRequest } from '../../instruments/http-recorder';
import { observeClients } from './client-channels';
import { ClientRequests } from './client-requests';
import { observeFastify } from './fastify-routes';
import { dropForeignServerDuration } from './foreign-instrumentation';
import { observeHttp1Servers } from './http1-servers';
import { observeHttp2Servers } from './http2-servers';
import { createRouteFinder, type FindRoute, type RouteOf } from './routes';
import { KNOWN_METHODS } from './semconv-attributes';
import { SemconvServerRecorder } from './semconv-server';
import { ServerRequests } from './server-requests';
import type { HttpSource } from './sources';

/** Options of {@link measureHttp}. */
export interface MeasureHttpOptions {
  /** Where the metrics of the semantic conventions are recorded. */
  readonly meterProvider: MeterProvider;
  /** Called for every request. Can grow. */
  readonly recorders: readonly HttpRecorder[];
  /** `channels` by default. */
  readonly source?: HttpSource | undefined;
  /** Whether the metrics of the semantic conventions are recorded. `true` by default. */
  readonly semconv?: boolean | undefined;
  /** The values of `http.request.method`; those that the semantic conventions list by default. */
  readonly knownMethods?: readonly string[] | undefined;
  readonly ignore?: ((request: HttpRequest) => boolean) | undefined;
  readonly ignoreServer?: ((server: Server) => boolean) | undefined;
  readonly routeOf?: RouteOf | undefined;
}

/**
 * Measures the HTTP requests of the process, of servers and clients, from the diagnostics channels of Node.js. With the
 * source `instrumentation`, `http.server.request.duration` comes from `@opentelemetry/instrumentation-http`, unless the
 * app has an instance of its own.
 *
 * @returns a function that stops it and removes every listener
 */
export function measureHttp(options: MeasureHttpOptions): () => void {
  const { meterProvider, recorders, ignore, ignoreServer, semconv = true } = options;
  const knownMethods = new Set(options.knownMethods ?? KNOWN_METHODS);
  const findRoute = createRouteFinder(options.routeOf);
  const stock = semconv && options.source === 'instrumentation' ? startStock(options, findRoute) : undefined;
  const stops = [observeFastify()];
  if (semconv) {
    stops.push(observeClients(new ClientRequests(meterProvider, knownMethods)));
    if (stock === undefined) stops.push(dropForeignServerDuration(meterProvider));
  }
  let isReplaced = false;
  const isMeasured = (response: ServerResponse): boolean => {
    if (stock === undefined) return false;
    if (stock.measures(response)) return true;
    if (!isReplaced) reportForeignInstrumentation();
    isReplaced = true;
    return false;
  };
  const requests = new ServerRequests({
    recorders,
    ignore,
    ignoreServer,
    findRoute,
    semconv: semconv ? new SemconvServerRecorder(meterProvider, knownMethods) : undefined,
  });
  stops.push(observeHttp1Servers(requests, isMeasured), observeHttp2Servers(requests));
  if (stock !== undefined) stops.push(() => stock.stop());
  return () => {
    for (const stop of stops) stop();
  };
}

function startStock({ meterProvider, ignore, ignoreServer }: MeasureHttpOptions, findRoute: FindRoute) {
  // Loaded here, because the package is needed for this source only.
  const { startStockInstrumentation } = require('./stock-instrumentation') as typeof import('./stock-instrumentation');
  const stock = startStockInstrumentation({
    meterProvider,
    findRoute,
    ignore: (request) => {
      const { server } = request.socket as { readonly server?: Server };
      return (server !== undefined && ignoreServer?.(server) === true) || ignore?.(request) === true;
    },
  });
  if (stock === undefined) reportForeignInstrumentation();
  return stock;
}

function reportForeignInstrumentation(): void {
  report(
    'http-source',
    'the app has an HttpInstrumentation of its own, and two would disable each other; HTTP requests are measured with the source channels',
  );
}
