import type { IncomingMessage } from 'node:http';
import { type ExpressRequest, mountTemplate, type RouterStack, stackOf } from './express-mounts';

/** Where a request is in the tree of routers. A template of `undefined` means that it cannot be determined. */
interface Mount {
  readonly template: string | undefined;
  readonly stack: RouterStack | undefined;
}

interface Progress {
  baseUrl: string;
  readonly mounts: Map<string, Mount>;
  /** The last route that the request left again, with the template of the mount that it belongs to. */
  left: { readonly route: unknown; readonly template: string | undefined } | undefined;
}

const progress = new WeakMap<object, Progress>();

/**
 * Observes which mounted routers a request of express enters. Express keeps only the concrete URL of a mount, such as
 * `/tenants/42`; its template can be determined only while that URL is being set.
 */
export function observeExpressMounts(request: IncomingMessage): void {
  Object.defineProperty(request, 'baseUrl', BASE_URL);
}

/** Returns the template of the route that express has matched, or `undefined` if there is none or it is ambiguous. */
export function expressRoute(request: Pick<ExpressRequest, 'route'>): string | undefined {
  const { route } = request;
  if (route?.path === undefined) return undefined;
  const at = progress.get(request);
  const base = at === undefined ? '' : at.left?.route === route ? at.left?.template : mountAt(at).template;
  if (base === undefined) return undefined;
  const path = Array.isArray(route.path) ? route.path.map(String).join('|') : String(route.path);
  return base !== '' && path === '/' ? base : base + path;
}

const BASE_URL: PropertyDescriptor & ThisType<ExpressRequest> = {
  configurable: true,
  enumerable: true,
  get() {
    return progress.get(this)?.baseUrl;
  },
  set(value: unknown) {
    const url = typeof value === 'string' ? value : '';
    let at = progress.get(this);
    if (at === undefined) {
      at = { baseUrl: '', mounts: new Map([['', ROOT]]), left: undefined };
      progress.set(this, at);
    }
    if (url === at.baseUrl) return;
    if (url.startsWith(`${at.baseUrl}/`)) enter(this, at, url);
    else leave(this, at);
    at.baseUrl = url;
  },
};

const ROOT: Mount = { template: '', stack: undefined };
const UNKNOWN: Mount = { template: undefined, stack: undefined };

function mountAt({ mounts, baseUrl }: Progress): Mount {
  return mounts.get(baseUrl) ?? UNKNOWN;
}

function enter(request: ExpressRequest, at: Progress, url: string): void {
  const parent = mountAt(at);
  const stack = parent.stack ?? stackOf(request.app);
  const mount = mountTemplate(request, stack, url.slice(at.baseUrl.length));
  const template =
    parent.template === undefined || mount?.template === undefined ? undefined : parent.template + mount.template;
  at.mounts.set(url, { template, stack: mount?.stack });
}

/** A request leaves a router when a handler calls `next`, with an error or without. */
function leave({ route }: ExpressRequest, at: Progress): void {
  if (route !== undefined && at.left?.route !== route) at.left = { route, template: mountAt(at).template };
}
