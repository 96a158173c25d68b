import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** The value of `endpoint` for a request that matches no route, or whose route nobody names. */
export const UNMATCHED = 'unmatched';

const named = new WeakMap<IncomingMessage, string>();

/**
 * Names the route of a request, for servers without a framework whose routes are found by themselves (express and fastify
 * are). Call it any time before the response ends; the last call counts.
 *
 * @param template the route as it was declared, such as `/users/:id`; never the path that was asked for, which would make
 *   a series of each
 */
export function setRoute(request: IncomingMessage, template: string): void {
  named.set(request, template);
}

/** The template of the route that answered a request, or nothing. To be asked when the response is over. */
export function routeOf(request: IncomingMessage): string | undefined {
  return named.get(request) ?? expressRoute(request);
}

/** What express leaves on a request. */
interface ExpressRequest extends IncomingMessage {
  baseUrl?: string;
  params?: Record<string, string | readonly string[]>;
  route?: { readonly path?: unknown };
}

function expressRoute(request: ExpressRequest): string | undefined {
  const path = request.route?.path;
  if (path === undefined) return undefined;
  const base = mounts.get(request)?.templates.get(request.baseUrl ?? '') ?? '';
  const own = Array.isArray(path) ? path.map(String).join('|') : String(path);
  return base !== '' && own === '/' ? base : base + own;
}

interface Mounts {
  current: string;
  /** Templates of the base URLs that the request went through, by the URL. */
  readonly templates: Map<string, string>;
}

const mounts = new WeakMap<IncomingMessage, Mounts>();

/**
 * Watches which mounted routers a request enters. Express writes down only the concrete URL of a mount, `/tenants/42`; its
 * template is known for a moment, when that is written while the mount's parameters are at hand.
 */
export function watchMounts(request: IncomingMessage): void {
  Object.defineProperty(request, 'baseUrl', BASE_URL);
}

const BASE_URL: PropertyDescriptor & ThisType<ExpressRequest> = {
  configurable: true,
  enumerable: true,
  get() {
    return mounts.get(this)?.current;
  },
  set(url: unknown) {
    const to = typeof url === 'string' ? url : '';
    const entered = mounts.get(this) ?? { current: '', templates: new Map([['', '']]) };
    mounts.set(this, entered);
    const { current, templates } = entered;
    if (!templates.has(to)) {
      const within = to.startsWith(current);
      const base = within ? (templates.get(current) ?? '') : '';
      templates.set(to, base + mountTemplate(within ? to.slice(current.length) : to, this.params ?? {}));
    }
    entered.current = to;
  },
};

/** A concrete path with its parameters' names in place of their values. */
function mountTemplate(path: string, params: NonNullable<ExpressRequest['params']>): string {
  const names = Object.entries(params).filter(([, value]) => value.length > 0);
  return path
    .split('/')
    .map((segment) => {
      const text = decoded(segment);
      const whole = names.find(([, value]) => value === text || (Array.isArray(value) && value.includes(text)));
      if (whole !== undefined) return Array.isArray(whole[1]) ? `*${whole[0]}` : `:${whole[0]}`;
      const part = names.find(([, value]) => typeof value === 'string' && text.includes(value));
      return part === undefined ? segment : text.replace(part[1] as string, `:${part[0]}`);
    })
    .filter((segment, i, all) => !(segment.startsWith('*') && segment === all[i - 1]))
    .join('/');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The parts of fastify's objects that name a route. */
interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly routeOptions?: { readonly url?: string };
}

interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: unknown, done: () => void) => void): void;
}

/**
 * Learns the routes of fastify's requests from the channels that it publishes on: each new instance gets a hook, which
 * also sees requests that are refused before their handler; an instance that was there before tells of its handlers.
 *
 * @returns a function that stops it
 */
export function watchFastify(): () => void {
  const onInstance = (message: unknown) => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook('onRequest', (request, _reply, done) => {
      learn(request);
      done();
    });
  };
  const onHandler = (message: unknown) => learn((message as { readonly request: FastifyRequest }).request);
  subscribe('fastify.initialization', onInstance);
  subscribe('tracing:fastify.request.handler:start', onHandler);
  return () => {
    unsubscribe('fastify.initialization', onInstance);
    unsubscribe('tracing:fastify.request.handler:start', onHandler);
  };
}

function learn({ raw, routeOptions }: FastifyRequest): void {
  if (routeOptions?.url !== undefined && !named.has(raw)) setRoute(raw, routeOptions.url);
}
