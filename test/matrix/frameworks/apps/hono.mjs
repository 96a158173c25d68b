import { Readable } from 'node:stream';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import { validator } from 'hono/validator';
import { setHttpRoute } from 'meterbridge';
import { announce, never, parts } from './serve.mjs';

const app = new Hono();
app.use((c, next) => {
  setHttpRoute(c.env.incoming, () => matchedRoutes(c).findLast(({ path }) => path !== '/*')?.path);
  return next();
});
app.get('/users/:id', (c) => c.text('user'));
app.get('/fails/:id', () => {
  throw new Error('broken');
});
app.onError((_error, c) => c.text('failed', 500));
app.get('/hangs/:id', never);
app.get('/streams/:id', (c) => c.body(Readable.toWeb(Readable.from(parts()))));
const checked = validator('json', (body, c) => (typeof body.quantity === 'number' ? body : c.text('invalid', 400)));
app.post('/orders/:id', checked, (c) => c.text('ordered'));
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => announce(server));
