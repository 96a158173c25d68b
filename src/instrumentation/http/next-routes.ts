/** The property of a request in which Next.js keeps what it knows of it. */
const REQUEST_META = Symbol.for('NextInternalRequestMeta');

/** What is read of it here. */
interface NextRequest {
  readonly [REQUEST_META]?: { readonly match?: { readonly definition?: { readonly pathname?: unknown } } };
}

/** The routes that Next.js answers with when no route of the app matches or a route fails. */
const ERROR_ROUTES: ReadonlySet<unknown> = new Set(['/_not-found', '/_error', '/_global-error', '/404', '/500']);

/**
 * Returns the route that the router of Next.js has matched, such as `/users/[id]`, or `undefined`. Its handlers do not
 * receive the request of Node.js, and its spans have the route only if the app records spans.
 */
export function nextRoute(request: NextRequest): string | undefined {
  const pathname = request[REQUEST_META]?.match?.definition?.pathname;
  return typeof pathname === 'string' && !ERROR_ROUTES.has(pathname) ? pathname : undefined;
}
