import type { IncomingMessage } from 'node:http';
import { subscribeAll } from './channels';
import { proposeHttpRoute } from './routes';

/** The properties of the objects of fastify that are read here. */
interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly is404?: boolean;
  readonly routeOptions?: { readonly url?: string };
}

interface FastifyInstance {
  addHook(name: 'onRequest', hook: (request: FastifyRequest, reply: unknown, done: () => void) => void): void;
}

/**
 * Learns the routes of the requests of fastify from the channels that it publishes on. Every new instance gets a hook,
 * which also sees requests that are rejected before their handler; an instance that exists already publishes the
 * requests that reach a handler.
 *
 * @returns a function that unsubscribes
 */
export function observeFastify(): () => void {
  let isActive = true;
  const unsubscribe = subscribeAll({
    'fastify.initialization': ({ fastify }: { readonly fastify: FastifyInstance }) => {
      fastify.addHook('onRequest', (request, _reply, done) => {
        if (isActive) learnRoute(request);
        done();
      });
    },
    'tracing:fastify.request.handler:start': ({ request }: { readonly request: FastifyRequest }) => learnRoute(request),
  });
  return () => {
    isActive = false;
    unsubscribe();
  };
}

function learnRoute({ raw, routeOptions, is404 = false }: FastifyRequest): void {
  if (!is404 && routeOptions?.url !== undefined) proposeHttpRoute(raw, routeOptions.url);
}
