import type { IncomingMessage } from 'node:http';

/** The properties of a request that express sets and that are read here. */
export interface ExpressRequest extends IncomingMessage {
  baseUrl?: string;
  params?: Record<string, unknown>;
  route?: { readonly path?: unknown };
  app?: { readonly router?: unknown; readonly _router?: unknown };
}

/** The properties of a layer of the routers of express 4 and 5 that are read here. */
interface RouterLayer {
  readonly handle?: { readonly stack?: RouterStack };
  readonly route?: unknown;
  /** The part of the path that matched last. Express 4, and `router` up to 2.2. */
  readonly path?: string;
  /** The parameters of the last match. Express 4, and `router` up to 2.2. */
  readonly params?: object;
  /** Express 4. */
  readonly regexp?: RegExp;
  readonly keys?: readonly unknown[];
  /** Express 5. */
  readonly matchers?: readonly ((path: string) => false | { readonly params: Readonly<Record<string, unknown>> })[];
}

export type RouterStack = readonly RouterLayer[];

interface MountLayer {
  readonly template: string | undefined;
  /** The layers of the router that is mounted, if it is one. */
  readonly stack: RouterStack | undefined;
}

/** Returns the layers of an app of express. */
export function stackOf(app: ExpressRequest['app']): RouterStack | undefined {
  try {
    // The getter `router` of express 4 throws.
    return ((app?._router ?? app?.router) as { readonly stack?: RouterStack } | undefined)?.stack;
  } catch {
    return undefined;
  }
}

/**
 * Determines the template of the mount that a request enters. It comes from the router: `router` 2.3 writes the declared
 * path on the request, express 4 keeps a regular expression that can be read back. For `router` 2.0 to 2.2 it is derived
 * from the values of the parameters and verified.
 *
 * @param matched the part of the URL that the mount matched
 * @returns a template of `undefined` if it is ambiguous, so that no client can choose it
 */
export function mountTemplate(
  request: ExpressRequest,
  stack: RouterStack | undefined,
  matched: string,
): MountLayer | undefined {
  const layers = findLayers(stack ?? [], request.params, matched);
  const pattern = declaredPattern(request);
  const templates = new Set(
    pattern === undefined
      ? layers.map((layer) => layerTemplate(layer, matched))
      : [pattern instanceof RegExp ? String(pattern) : withoutSlash(pattern)],
  );
  const [template] = templates.size === 1 ? templates : [];
  return { template, stack: layers.length === 1 ? layers[0]?.handle?.stack : undefined };
}

/** Returns the layers that can have matched: the one whose parameters the request has, otherwise all of the same path. */
function findLayers(stack: RouterStack, params: unknown, matched: string): RouterLayer[] {
  const candidates: RouterLayer[] = [];
  const visit = (layers: RouterStack): void => {
    for (const layer of layers) {
      if (layer.route !== undefined || layer.path === undefined) continue;
      if (withoutSlash(layer.path) === matched) candidates.push(layer);
      else if (layer.path === '' && layer.handle?.stack !== undefined) visit(layer.handle.stack);
    }
  };
  visit(stack);
  const [same] = candidates.filter((layer) => layer.params === params);
  return same === undefined ? candidates : [same];
}

function layerTemplate(layer: RouterLayer, matched: string): string | undefined {
  return layer.regexp === undefined ? verifiedTemplate(layer, matched) : regexpTemplate(layer.regexp, layer.keys ?? []);
}

/** The description of the symbol under which `router` 2.3 writes the declared path of the matched layer on the request. */
const MATCHED_ROUTE = 'router.tracing.matchedRoute';

function declaredPattern(request: object): string | RegExp | undefined {
  const symbols = Object.getOwnPropertySymbols(request).filter(({ description }) => description === MATCHED_ROUTE);
  const [symbol] = symbols;
  // Two copies of the package write under two symbols, of which one is out of date.
  if (symbol === undefined || symbols.length > 1) return undefined;
  const pattern: unknown = Reflect.get(request, symbol);
  return typeof pattern === 'string' || pattern instanceof RegExp ? pattern : undefined;
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** What `path-to-regexp` 0.1 writes at the end of the expression of a mount. */
const MOUNT_END = '\\/?(?=\\/|$)';
/** A parameter that is a whole segment, as the versions of `path-to-regexp` 0.1 write it; an escaped or a plain character. */
const TOKEN = /\(\?:\\\/\(\[\^\\?\/\]\+\?\)\)|\\\/\(\?:\(\[\^\\?\/\]\+\?\)\)|\\([/.])|([^\\.*+?^${}()|[\]])/y;

/** Reads the path that express 4 has compiled back from its expression. */
function regexpTemplate({ source }: RegExp, keys: readonly unknown[]): string | undefined {
  if (!source.startsWith('^') || !source.endsWith(MOUNT_END)) return undefined;
  const text = source.slice(1, -MOUNT_END.length);
  let template = '';
  let count = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    template += match[1] ?? match[2] ?? `/:${(keys[count++] as { readonly name?: unknown } | undefined)?.name}`;
  }
  return count === keys.length ? template : undefined;
}

/**
 * Replaces the values of parameters by their names. Every parameter must be exactly one whole segment, which is verified
 * by matching again with other values; what remains is fixed, and in lower case because express ignores case.
 */
function verifiedTemplate({ matchers = [] }: RouterLayer, matched: string): string | undefined {
  const [match] = matchers;
  if (match === undefined || matchers.length > 1 || match.name === 'regexpMatcher') return undefined;
  const found = match(matched);
  if (found === false) return undefined;
  const segments = matched.split('/').map((segment) => ({ text: segment.toLowerCase(), value: decoded(segment) }));
  const names = Object.keys(found.params);
  for (const [i, name] of names.entries()) {
    const same = segments.filter(({ value }) => value === found.params[name]);
    const [segment] = same;
    if (segment === undefined || same.length > 1 || segment.text.startsWith(':')) return undefined;
    segment.text = `:${name}`;
    segment.value = `meterbridge${i}`;
  }
  const again = match(segments.map(({ value }) => encodeURIComponent(value)).join('/'));
  const isVerified = again !== false && names.every((name, i) => again.params[name] === `meterbridge${i}`);
  return isVerified ? segments.map(({ text }) => text).join('/') : undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
