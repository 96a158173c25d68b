import { HTTP_SOURCES } from '../instrumentation/http/sources';
import type { HttpExchange, HttpInstruments, HttpRequest } from '../instruments';
import { isObject } from '../is-object';
import { functionOf, ignoredRequests, methodList } from './accepted-values';
import { setting } from './setting';
import { boolean, negated, object, oneOf, text } from './value-types';

/** The settings of the option `http`: a part of the table of settings. */
export const HTTP_SETTINGS = {
  'http.record': setting<HttpInstruments>({
    type: object('an object of instruments', isObject),
    defaultText: 'none',
    description:
      'Instruments of a catalog that record every request to a server of the app: `duration`, `requests`, `inFlight`, `requestSize`, `responseSize`.',
  }),
  'http.labels': setting<(exchange: HttpExchange) => object>({
    type: functionOf(),
    defaultText: 'labels are filled by their names',
    description:
      'Returns the labels of a request for the instruments of `http.record`. Values must be bounded: clients choose paths, queries and headers.',
  }),
  'http.statusClasses': setting({
    type: boolean,
    default: false,
    description: 'Whether `http.record` records statuses as classes: `2xx` instead of `204`.',
  }),
  'http.unmatched': setting({
    type: text,
    default: 'unmatched',
    description: 'The route that `http.record` records for requests that match none.',
  }),
  'http.source': setting({
    type: oneOf(...HTTP_SOURCES),
    variables: ['METERBRIDGE_HTTP_SOURCE'],
    default: 'channels',
    description:
      'What measures `http.server.request.duration`: the diagnostics channels of Node.js, or `@opentelemetry/instrumentation-http`, which must not be registered by the app too. Everything else is measured from channels.',
  }),
  'http.semconv': setting({
    type: negated,
    variables: ['METERBRIDGE_HTTP_SEMCONV_DISABLED'],
    default: true,
    description: 'Whether the HTTP metrics of the OpenTelemetry semantic conventions are recorded.',
  }),
  'http.knownMethods': setting({
    type: methodList,
    variables: ['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'],
    defaultText: 'the methods that the semantic conventions list',
    description: 'The values of `http.request.method`; any other method is recorded as `_OTHER`.',
  }),
  'http.ignore': setting({
    type: ignoredRequests,
    variables: ['METERBRIDGE_HTTP_IGNORE'],
    defaultText: 'none',
    description:
      'The requests that are not measured: paths such as `/healthz`, beginnings of paths such as `/assets/*`, or in code a function.',
  }),
  'http.routeOf': setting<(request: HttpRequest) => string | undefined>({
    type: functionOf(),
    defaultText: 'none',
    description: 'Returns the route template of a request whose route no framework names, or `undefined`.',
  }),
};
