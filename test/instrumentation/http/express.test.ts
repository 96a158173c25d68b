import express5 from 'express';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { get, grown, growthOf, listen, measureWith, requests, routesAfter, SOURCES } from './measured';

const express4 = require('express4') as typeof express5;
const express51 = require('express51') as typeof express5;

/** An app with mounted routers, with and without parameters, and with mounts whose template cannot be determined. */
function createApp(express: typeof express5) {
  const users = express.Router();
  users.get('/', (_, response) => void response.send('all'));
  users.get('/:id', (_, response) => void response.send('one'));
  users.get('/:id/fails', () => {
    throw new Error('broken');
  });
  users.get('/:id/skips', (_request, _response, next) => next());
  const tenant = express.Router({ mergeParams: true });
  tenant.use('/users', users);
  const versioned = express.Router();
  versioned.get('/status', (_, response) => void response.send('ok'));
  const inner = express.Router();
  inner.use('/orders/:order', versioned);
  const app = express();
  app.use('/tenants/:tenant', tenant);
  app.use('/api/v1/:part', versioned);
  app.use('/ver/v:version', versioned);
  app.use(/^\/(?:free|any)\d*/, versioned);
  app.use('/shop', inner);
  app.use(inner);
  const sub = express();
  sub.use('/things/:thing', versioned);
  app.use('/sub', sub);
  app.get('/plain', (_, response) => void response.send('plain'));
  app.get(/^\/expression\/\d+$/, (_, response) => void response.send('matched'));
  app.get(['/one', '/other'], (_, response) => void response.send('list'));
  app.get('/fails', () => {
    throw new Error('broken');
  });
  app.use((_error: Error, _request: unknown, response: express5.Response, _next: unknown) => {
    response.status(500).send('failed');
  });
  return app;
}

const VERSIONS = [
  ['5', express5],
  ['5 with router 2.2', express51],
  ['4', express4],
] as const;

describe.each(SOURCES)('requests of express measured with the source %s', (source) => {
  const running = measureWith(source);

  describe.each(VERSIONS)('express %s', (_version, express) => {
    it.each([
      ['GET', '/plain?x=1', '/plain', 200],
      ['HEAD', '/plain', '/plain', 200],
      ['GET', '/one', '/one|/other', 200],
      ['GET', '/expression/7', '/^\\/expression\\/\\d+$/', 200],
      ['GET', '/tenants/42/users/7', '/tenants/:tenant/users/:id', 200],
      ['GET', '/tenants/42/users', '/tenants/:tenant/users', 200],
      ['GET', '/tenants/a%20b/users/c%2Fd', '/tenants/:tenant/users/:id', 200],
      ['GET', '/TENANTS/42/uSers/7', '/tenants/:tenant/users/:id', 200],
      ['GET', '/tenants/42/users/7/fails', '/tenants/:tenant/users/:id/fails', 500],
      ['GET', '/tenants/42/users/7/skips', '/tenants/:tenant/users/:id/skips', 404],
      ['GET', '/api/v1/42/status', '/api/v1/:part/status', 200],
      ['GET', '/shop/orders/9/status', '/shop/orders/:order/status', 200],
      ['GET', '/orders/9/status', '/orders/:order/status', 200],
      ['GET', '/sub/things/9/status', '/sub/things/:thing/status', 200],
      ['GET', '/tenants/42/nothing', 'unmatched', 404],
      ['GET', '/nothing', 'unmatched', 404],
      ['POST', '/plain', 'unmatched', 404],
      ['GET', '/fails', '/fails', 500],
    ])('%s %s has the route of its template, %s, and the status %i', async (method, path, endpoint, status) => {
      const url = await listen(createApp(express));
      // As a label value is written on the page.
      const escaped = endpoint.replaceAll('\\', '\\\\');
      const work = () => get(url + path, { method });
      const growth = await growthOf(running.sdk, work, requests(method, escaped, status));
      const labels = (name: string) => `{method="${method}",endpoint="${escaped}",${name}="${status}"}`;
      expect(grown(growth, 'http_requests_total')).toHaveLength(1);
      expect(growth.get('hodei_http_request_duration_seconds_count')).toBe(1);
      expect(grown(growth, 'hodei_http_requests_total')).toEqual([`hodei_http_requests_total${labels('status_code')}`]);
      const empty = labels('status').replace('"unmatched"', '""');
      expect(grown(growth, 'control_plane_http_requests_total')).toEqual([`control_plane_http_requests_total${empty}`]);
    });

    it('does not let clients create routes', async () => {
      const url = await listen(createApp(express));
      const segment = fc.oneof(
        fc.constantFrom(
          'tenants',
          'TENANTS',
          'users',
          'uSers',
          'api',
          'v1',
          'V1',
          'ver',
          'v2',
          'vv',
          'free',
          'free7',
          'any',
        ),
        fc.constantFrom('shop', 'orders', 'status', 'sub', 'things', 'plain', '1', 'a%20b', '%75sers', ':tenant', ''),
        fc.string({ maxLength: 4 }).map((text) => encodeURIComponent(text.toWellFormed())),
      );
      const paths = fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => `/${segments.join('/')}`);
      const shapes = [
        (a: string, b: string) => `/tenants/${a}/users/${b}`,
        (a: string, b: string) => `/api/v1/${a}/status?${b}`,
        (a: string) => `/ver/v${a}/status`,
        (a: string) => `/free${a}/status`,
        (a: string, b: string) => `/${a}/orders/${b}/status`,
        (a: string, b: string) => `/sub/${a}/${b}/status`,
      ].map((shape) => fc.tuple(segment, segment).map(([a, b]) => shape(a, b)));
      const generated = fc.record({ path: fc.oneof(paths, ...shapes), method: fc.constant('GET') });
      const routes = await routesAfter(running.sdk, url, generated, 300);
      expect([...routes].filter((route) => !KNOWN_ROUTES.has(route))).toEqual([]);
    });
  });
});

const KNOWN_ROUTES = new Set([
  'unmatched',
  '/plain',
  '/one|/other',
  '/^\\\\/expression\\\\/\\\\d+$/',
  '/fails',
  '/tenants/:tenant/users',
  '/tenants/:tenant/users/:id',
  '/tenants/:tenant/users/:id/fails',
  '/tenants/:tenant/users/:id/skips',
  '/api/v1/:part/status',
  '/ver/v:version/status',
  '/^\\\\/(?:free|any)\\\\d*//status',
  '/shop/orders/:order/status',
  '/orders/:order/status',
  '/sub/things/:thing/status',
]);
