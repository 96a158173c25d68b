import type { IncomingMessage } from 'node:http';
import { context, createContextKey, trace } from '@opentelemetry/api';
import { report } from '../../diagnostics';
import { expressRoute } from './express-routes';

/** The route of a request that matches no route, or whose route is not known. */
export const UNMATCHED = 'unmatched';

const templates = new WeakMap<object, string>();

/**
 * Sets the route of a request, for servers without a framework and for frameworks whose routes are not found
 * automatically. Call it any time before the response ends; the last call takes effect. Has no effect unless HTTP requests
 * are measured.
 *
 * @param request the request that Node passed to the server, of HTTP/1 or of the compatibility API of HTTP/2
 * @param template the route as it was declared, such as `/users/:id`, or `undefined` for none. It must never be the path
 *   of the request: clients choose paths, and each would create a series. A regular expression counts as its source
 * @example
 * // koa and @koa/router
 * app.use((ctx, next) => next().finally(() => setHttpRoute(ctx.req, ctx._matchedRoute)));
 */
export function setHttpRoute(request: object, template: string | RegExp | undefined): void {
  if (typeof request !== 'object' || request === null) return;
  if (template === undefined || template === null) templates.delete(request);
  else templates.set(request, String(template));
}

/** Sets the route of a request unless the app has set one. */
export function proposeHttpRoute(request: object, template: string): void {
  if (!templates.has(request)) templates.set(request, template);
}

/** Returns the template of the route that answered a request, or `undefined`. To be called when the response ends. */
export type FindRoute = (request: IncomingMessage) => string | undefined;

/** @param routeOf returns the route of a request whose route no framework names */
export function createRouteFinder(routeOf?: FindRoute): FindRoute {
  return (request) => templates.get(request) ?? expressRoute(request) ?? traceRoute() ?? callRouteOf(routeOf, request);
}

function callRouteOf(routeOf: FindRoute | undefined, request: IncomingMessage): string | undefined {
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
