import { context, createContextKey, trace } from '@opentelemetry/api';
import { report } from '../../diagnostics';
import type { HttpRequest } from '../../instruments/http-recorder';
import { expressRoute } from './express-routes';
import { nextRoute } from './next-routes';

/** The route of a request that matches no route, or whose route is not known. */
export const UNMATCHED = 'unmatched';

/** A route as it was declared, or `undefined` for none. A regular expression counts as its source. */
export type RouteTemplate = string | RegExp | undefined;

/**
 * The property of a request that holds its route. It is on the request, so that all copies of this package see it: a
 * bundler can give the app one and the SDK another.
 */
const ROUTE = Symbol.for('meterbridge.http.route');

interface RoutedRequest {
  readonly stream?: unknown;
  [ROUTE]?: RouteTemplate | (() => RouteTemplate);
}

/**
 * Sets the route of a request, for servers without a framework and for frameworks whose routes are not found
 * automatically. Call it any time before the response ends; the last call takes effect. Has no effect unless HTTP requests
 * are measured.
 *
 * @param request the request that Node.js passed to the server, of HTTP/1 or HTTP/2, or the stream of HTTP/2
 * @param template the route as it was declared, such as `/users/:id`, or `undefined` for none; or a function that returns
 *   it, which is called when the response ends, so that a middleware can set it before the router runs. It must never be
 *   the path of the request: clients choose paths, and each would create a series. A regular expression counts as its
 *   source
 * @example
 * // koa and @koa/router
 * app.use((ctx, next) => {
 *   setHttpRoute(ctx.req, () => ctx._matchedRoute);
 *   return next();
 * });
 */
export function setHttpRoute(request: object, template: RouteTemplate | (() => RouteTemplate)): void {
  if (typeof request === 'object' && request !== null) Reflect.set(routeKey(request), ROUTE, template ?? undefined);
}

/** Sets the route of a request unless the app has set one. */
export function proposeHttpRoute(request: object, template: string): void {
  const key: RoutedRequest = routeKey(request);
  if (key[ROUTE] === undefined) key[ROUTE] = template;
}

/** Returns the route that was set, or `undefined`. */
function givenRoute(key: RoutedRequest): string | undefined {
  const given = key[ROUTE];
  if (given === undefined || typeof given === 'string') return given;
  try {
    const template = typeof given === 'function' ? given() : given;
    return template === undefined || template === null ? undefined : String(template);
  } catch (error) {
    report('http-option', `the function of setHttpRoute failed: ${error}; the request has no route`, 'setHttpRoute');
    return undefined;
  }
}

/** Returns what identifies a request: that of the compatibility API of HTTP/2 is known by its stream. */
function routeKey(request: { readonly stream?: unknown }): object {
  const { stream } = request;
  return typeof stream === 'object' && stream !== null ? stream : request;
}

/** Returns the route of a request whose route no framework names, or `undefined`. */
export type RouteOf = (request: HttpRequest) => string | undefined;

/**
 * Returns the template of the route that answered a request, or `undefined`. To be called when the response ends.
 *
 * @param key the request itself, or the stream of HTTP/2
 */
export type FindRoute = (request: HttpRequest, key: object) => string | undefined;

export function createRouteFinder(routeOf?: RouteOf): FindRoute {
  return (request, key) =>
    givenRoute(key) ?? expressRoute(key) ?? nextRoute(key) ?? traceRoute() ?? callRouteOf(routeOf, request);
}

function callRouteOf(routeOf: RouteOf | undefined, request: HttpRequest): string | undefined {
  try {
    return routeOf?.(request);
  } catch (error) {
    report('http-option', `http.routeOf failed: ${error}; the route of the request is ${UNMATCHED}`, 'http.routeOf');
    return undefined;
  }
}

/** `RPC_METADATA` of `@opentelemetry/core`, where instrumentations of frameworks leave the route. */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA');

/** Returns the `http.route` that another instrumentation has set for the active span. */
function traceRoute(): string | undefined {
  const active = context.active();
  const metadata = active.getValue(RPC_METADATA) as { readonly route?: unknown } | undefined;
  if (typeof metadata?.route === 'string' && metadata.route !== '') return metadata.route;
  const span = trace.getSpan(active) as { readonly attributes?: Readonly<Record<string, unknown>> } | undefined;
  const route = span?.attributes?.['http.route'];
  return typeof route === 'string' && route !== '' ? route : undefined;
}
