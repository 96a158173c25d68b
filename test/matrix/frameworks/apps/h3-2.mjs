import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { H3, readValidatedBody } from 'h3';
import { toNodeHandler } from 'h3/node';
import { setHttpRoute } from 'meterbridge';
import { announce, never, parts } from './serve.mjs';

const app = new H3({
  onRequest: (event) => setHttpRoute(event.runtime.node.req, () => event.context.matchedRoute?.route),
});
app.get('/users/:id', () => 'user');
app.get('/fails/:id', () => {
  throw new Error('broken');
});
app.get('/hangs/:id', never);
app.get('/streams/:id', () => Readable.toWeb(Readable.from(parts())));
app.post('/orders/:id', async (event) => {
  await readValidatedBody(event, (body) => typeof body?.quantity === 'number');
  return 'ordered';
});
const server = createServer(toNodeHandler(app)).listen(0, '127.0.0.1', () => announce(server));
