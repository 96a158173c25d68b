import { createServer } from 'node:http';
import { serve } from '@hono/node-server';
import Router from '@koa/router';
import fc from 'fast-check';
import fastify5, { type FastifyPluginCallback } from 'fastify';
import { Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import Koa from 'koa';
import { setHttpRoute } from 'meterbridge';
import { describe, expect, it } from 'vitest';
import {
  afterTest,
  get,
  grown,
  growthOf,
  listen,
  measureWith,
  open,
  requests,
  routesAfter,
  SOURCES,
  untilInFlight,
} from './measured';

const fastify4 = require('fastify4') as typeof fastify5;

async function listenFastify(fastify: typeof fastify5): Promise<string> {
  const app = fastify();
  app.get('/users/:id', async () => 'one');
  app.get('/files/*', async () => 'file');
  app.post('/refused', { onRequest: async (_, reply) => reply.code(401).send('no') }, async () => 'yes');
  app.post('/strict', { schema: { body: { type: 'object', required: ['a'] } } }, async () => 'yes');
  app.get('/fails', async () => {
    throw new Error('broken');
  });
  app.get('/hangs/:id', () => new Promise(() => {}));
  const plugin: FastifyPluginCallback = (scope, _options, done) => {
    scope.get('/things/:thing', async () => 'thing');
    done();
  };
  await app.register(plugin, { prefix: '/v1' });
  afterTest(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0, forceCloseConnections: true } as { port: number });
  afterTest(() => app.server.closeAllConnections());
  return url;
}

const respond = (ctx: Koa.Context) => {
  ctx.body = 'done';
};

async function listenKoa(): Promise<string> {
  const router = new Router();
  router.get('/users/:id', respond);
  router.get('/files/{*path}', respond);
  router.post('/refused', (ctx) => ctx.throw(401));
  router.post('/strict', (ctx) => ctx.throw(400));
  router.get('/fails', () => {
    throw new Error('broken');
  });
  router.get('/hangs/:id', () => new Promise(() => {}));
  const nested = new Router({ prefix: '/v1' });
  nested.get('/things/:thing', respond);
  const app = new Koa({ env: 'test' });
  app.silent = true;
  app.use((ctx, next) => {
    setHttpRoute(ctx.req, () => ctx._matchedRoute);
    return next();
  });
  app.use(router.routes()).use(nested.routes());
  return listen(createServer(app.callback()));
}

async function listenHono(): Promise<string> {
  const app = new Hono<{ Bindings: { incoming: object } }>();
  app.use((c, next) => {
    setHttpRoute(c.env.incoming, () => matchedRoutes(c).findLast(({ path }) => path !== '/*')?.path);
    return next();
  });
  app.get('/users/:id', (c) => c.text('one'));
  app.get('/files/*', (c) => c.text('file'));
  app.post('/refused', (c) => c.text('no', 401));
  app.post('/strict', (c) => c.text('no', 400));
  app.get('/fails', () => {
    throw new Error('broken');
  });
  app.onError((_error, c) => c.text('failed', 500));
  app.get('/hangs/:id', () => new Promise<Response>(() => {}));
  app.route(
    '/v1',
    new Hono().get('/things/:thing', (c) => c.text('thing')),
  );
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve(`http://127.0.0.1:${port}`),
    );
    afterTest(() => server.close());
    afterTest(() => 'closeAllConnections' in server && server.closeAllConnections());
  });
}

const FRAMEWORKS: readonly { name: string; start: () => Promise<string>; files: string; hangs: string }[] = [
  { name: 'fastify 5', start: () => listenFastify(fastify5), files: '/files/*', hangs: '/hangs/:id' },
  { name: 'fastify 4', start: () => listenFastify(fastify4), files: '/files/*', hangs: '/hangs/:id' },
  { name: 'koa 3 with @koa/router', start: listenKoa, files: '/files/{*path}', hangs: '/hangs/:id' },
  { name: 'hono with @hono/node-server', start: listenHono, files: '/files/*', hangs: '/hangs/:id' },
];

describe.each(SOURCES)('frameworks measured with the source %s', (source) => {
  const running = measureWith(source);

  describe.each(FRAMEWORKS)('$name', ({ start, files, hangs }) => {
    it.each([
      ['GET', '/users/7?x=1', '/users/:id', 200],
      ['HEAD', '/users/7', '/users/:id', 200],
      ['GET', '/v1/things/7', '/v1/things/:thing', 200],
      ['GET', '/nothing/at/all', 'unmatched', 404],
      ['POST', '/refused', '/refused', 401],
      ['POST', '/strict', '/strict', 400],
      ['GET', '/fails', '/fails', 500],
    ])('%s %s has the route %s and the status %i', async (method, path, endpoint, status) => {
      const url = await start();
      const work = () => get(url + path, { method });
      const growth = await growthOf(running.sdk, work, requests(method, endpoint, status));
      expect(grown(growth, 'http_requests_total')).toEqual([requests(method, endpoint, status)]);
    });

    it('has the template of a wildcard route', async () => {
      const url = await start();
      await growthOf(running.sdk, () => get(`${url}/files/a/b`), requests('GET', files, 200));
    });

    it('has the status 499 for a request that the client has aborted', async () => {
      const url = await start();
      await growthOf(
        running.sdk,
        async () => {
          const socket = await open(url, 'GET /hangs/1 HTTP/1.1\r\nhost: x\r\n\r\n');
          await untilInFlight(running.sdk, 1);
          socket.destroy();
        },
        requests('GET', hangs, 499),
      );
    });

    it('does not let clients create routes', async () => {
      const url = await start();
      const segment = fc.oneof(
        fc.constantFrom('users', 'USERS', '%75sers', 'files', 'refused', 'fails', 'v1', 'V1', 'things', ':id', '*', ''),
        fc.string({ maxLength: 4 }).map((text) => encodeURIComponent(text.toWellFormed())),
      );
      const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
      const method = fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND');
      const routes = await routesAfter(running.sdk, url, fc.record({ path, method }), 150);
      const known = ['unmatched', '/users/:id', '/v1/things/:thing', '/refused', '/strict', '/fails', '/hangs/:id'];
      expect([...routes].filter((route) => ![...known, '/files/*', '/files/{*path}'].includes(route))).toEqual([]);
    });
  });
});
