import type { HttpSource } from '../instrumentation/http/sources';
import type { HttpExchange, HttpInstruments, HttpRequest } from '../instruments';

// The comments of the options are generated from the table of settings by `npm run docs`.

/** How HTTP requests are measured. `R` are the instruments of `record`, `L` their labels. */
export interface HttpOptions<R extends HttpInstruments = HttpInstruments, L extends object = object> {
  /**
   * Instruments of a catalog that record every request to a server of the app: `duration`, `requests`, `inFlight`,
   * `requestSize`, `responseSize`.
   *
   * - Accepted: an object of instruments.
   * - Default: none.
   */
  readonly record?: R | undefined;
  /**
   * Returns the labels of a request for the instruments of `http.record`. Values must be bounded: clients choose paths,
   * queries and headers.
   *
   * - Accepted: a function.
   * - Default: labels are filled by their names.
   */
  readonly labels?: ((exchange: HttpExchange) => L) | undefined;
  /**
   * Whether `http.record` records statuses as classes: `2xx` instead of `204`.
   *
   * - Accepted: true or false.
   * - Default: `false`.
   */
  readonly statusClasses?: boolean | undefined;
  /**
   * The route that `http.record` records for requests that match none.
   *
   * - Accepted: a string that is not empty.
   * - Default: `unmatched`.
   */
  readonly unmatched?: string | undefined;
  /**
   * What measures `http.server.request.duration`: the diagnostics channels of Node.js, or
   * `@opentelemetry/instrumentation-http`, which must not be registered by the app too. Everything else is measured
   * from channels.
   *
   * - Accepted: one of channels, instrumentation.
   * - Variable: `METERBRIDGE_HTTP_SOURCE`.
   * - Default: `channels`.
   */
  readonly source?: HttpSource | undefined;
  /**
   * Whether the HTTP metrics of the OpenTelemetry semantic conventions are recorded.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_HTTP_SEMCONV_DISABLED`.
   * - Default: `true`.
   */
  readonly semconv?: boolean | undefined;
  /**
   * The values of `http.request.method`; any other method is recorded as `_OTHER`.
   *
   * - Accepted: a list of HTTP methods.
   * - Variable: `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`.
   * - Default: the methods that the semantic conventions list.
   */
  readonly knownMethods?: readonly string[] | undefined;
  /**
   * The requests that are not measured: paths such as `/healthz`, beginnings of paths such as `/assets/*`, or in code a
   * function.
   *
   * - Accepted: a list of paths that begin with /, where * at the end matches any rest, or in code a function.
   * - Variable: `METERBRIDGE_HTTP_IGNORE`.
   * - Default: none.
   */
  readonly ignore?: readonly string[] | ((request: HttpRequest) => boolean) | undefined;
  /**
   * Returns the route template of a request whose route no framework names, or `undefined`.
   *
   * - Accepted: a function.
   * - Default: none.
   */
  readonly routeOf?: ((request: HttpRequest) => string | undefined) | undefined;
}
