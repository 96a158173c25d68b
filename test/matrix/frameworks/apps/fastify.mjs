import { Readable } from 'node:stream';
import fastify from 'fastify';
import { announce, never, parts } from './serve.mjs';

const app = fastify();
app.get('/users/:id', async () => 'user');
app.get('/fails/:id', async () => {
  throw new Error('broken');
});
app.get('/hangs/:id', never);
app.get('/streams/:id', (_request, reply) => reply.send(Readable.from(parts())));
const body = { type: 'object', required: ['quantity'], properties: { quantity: { type: 'number' } } };
app.post('/orders/:id', { schema: { body } }, async () => 'ordered');
await app.listen({ port: 0, host: '127.0.0.1' });
announce(app.server);
