import { Readable } from 'node:stream';
import Hapi from '@hapi/hapi';
import Joi from 'joi';
import { setHttpRoute } from 'meterbridge';
import { announce, never, parts } from './serve.mjs';

const server = Hapi.server({ port: 0, host: '127.0.0.1', debug: false });
server.validator(Joi);
server.ext('onRequest', (request, h) => {
  setHttpRoute(request.raw.req, () => (request.route.method === '_special' ? undefined : request.route.path));
  return h.continue;
});
server.route([
  { method: 'GET', path: '/users/{id}', handler: () => 'user' },
  {
    method: 'GET',
    path: '/fails/{id}',
    handler: () => {
      throw new Error('broken');
    },
  },
  { method: 'GET', path: '/hangs/{id}', handler: never },
  { method: 'GET', path: '/streams/{id}', handler: () => Readable.from(parts(), { objectMode: false }) },
  {
    method: 'POST',
    path: '/orders/{id}',
    options: { validate: { payload: { quantity: Joi.number().required() } } },
    handler: () => 'ordered',
  },
]);
await server.start();
announce(server.listener);
