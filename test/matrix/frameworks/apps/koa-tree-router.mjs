import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import Koa from 'koa';
import Router from 'koa-tree-router';
import { setHttpRoute } from 'meterbridge';
import { announce, never, parts } from './serve.mjs';

// The router does not pass on which route has matched.
const route = (template) => (ctx, next) => {
  setHttpRoute(ctx.req, template);
  return next();
};

const router = new Router();
router.get('/users/:id', route('/users/:id'), (ctx) => {
  ctx.body = 'user';
});
router.get('/fails/:id', route('/fails/:id'), () => {
  throw new Error('broken');
});
router.get('/hangs/:id', route('/hangs/:id'), never);
router.get('/streams/:id', route('/streams/:id'), (ctx) => {
  ctx.body = Readable.from(parts());
});
router.post('/orders/:id', route('/orders/:id'), async (ctx) => {
  const { quantity } = await json(ctx.req);
  ctx.assert(typeof quantity === 'number', 400, 'invalid quantity');
  ctx.body = 'ordered';
});
const app = new Koa();
app.silent = true;
app.use(router.routes());
const server = app.listen(0, '127.0.0.1', () => announce(server));
