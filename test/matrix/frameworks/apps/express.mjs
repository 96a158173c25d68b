import express from 'express';
import { announce, never, sendParts } from './serve.mjs';

const app = express();
app.set('env', 'test');
app.use(express.json());
app.get('/users/:id', (_request, response) => response.send('user'));
app.get('/fails/:id', () => {
  throw new Error('broken');
});
app.get('/hangs/:id', () => void never());
app.get('/streams/:id', (_request, response) => void sendParts(response));
app.post('/orders/:id', (request, response, next) => {
  if (typeof request.body?.quantity === 'number') response.send('ordered');
  else next(Object.assign(new Error('invalid quantity'), { status: 400 }));
});
const server = app.listen(0, '127.0.0.1', () => announce(server));
