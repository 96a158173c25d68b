import { setHttpRoute } from 'meterbridge';
import restify from 'restify';
import { announce, never, sendParts } from './serve.mjs';

const app = restify.createServer();
app.pre((request, _response, next) => {
  setHttpRoute(request, () => request.getRoute()?.path);
  next();
});
app.use(restify.plugins.bodyParser());
app.get('/users/:id', (_request, response, next) => {
  response.send('user');
  next();
});
app.get('/fails/:id', (_request, _response, next) => next(new Error('broken')));
app.get('/hangs/:id', (_request, _response, _next) => void never());
app.get('/streams/:id', (_request, response, next) => {
  void sendParts(response).then(() => next());
});
app.post('/orders/:id', (request, response, next) => {
  if (typeof request.body?.quantity !== 'number') return next(Object.assign(new Error('invalid'), { statusCode: 400 }));
  response.send('ordered');
  return next();
});
app.listen(0, '127.0.0.1', () => announce(app.server));
