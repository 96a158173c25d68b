import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import Router from '@koa/router';
import Koa from 'koa';
import { setHttpRoute } from 'meterbridge';
import { announce, never, parts } from './serve.mjs';

const router = new Router();
router.get('/users/:id', (ctx) => {
  ctx.body = 'user';
});
router.get('/fails/:id', () => {
  throw new Error('broken');
});
router.get('/hangs/:id', never);
router.get('/streams/:id', (ctx) => {
  ctx.body = Readable.from(parts());
});
router.post('/orders/:id', async (ctx) => {
  const { quantity } = await json(ctx.req);
  ctx.assert(typeof quantity === 'number', 400, 'invalid quantity');
  ctx.body = 'ordered';
});
const app = new Koa();
app.silent = true;
app.use((ctx, next) => {
  setHttpRoute(ctx.req, () => ctx._matchedRoute);
  return next();
});
app.use(router.routes());
const server = app.listen(0, '127.0.0.1', () => announce(server));
