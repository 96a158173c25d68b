import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { createApp, createRouter, defineEventHandler, readValidatedBody, sendStream, toNodeListener } from 'h3';
import { setHttpRoute } from 'meterbridge';
import { announce, never, parts } from './serve.mjs';

const app = createApp({
  onRequest: (event) => setHttpRoute(event.node.req, () => event.context.matchedRoute?.path),
});
const router = createRouter();
router.get(
  '/users/:id',
  defineEventHandler(() => 'user'),
);
router.get(
  '/fails/:id',
  defineEventHandler(() => {
    throw new Error('broken');
  }),
);
router.get('/hangs/:id', defineEventHandler(never));
router.get(
  '/streams/:id',
  defineEventHandler((event) => sendStream(event, Readable.from(parts()))),
);
router.post(
  '/orders/:id',
  defineEventHandler(async (event) => {
    await readValidatedBody(event, (body) => typeof body?.quantity === 'number');
    return 'ordered';
  }),
);
app.use(router);
const server = createServer(toNodeListener(app)).listen(0, '127.0.0.1', () => announce(server));
