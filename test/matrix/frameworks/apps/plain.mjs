import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { setHttpRoute } from 'meterbridge';
import { announce, never, sendParts } from './serve.mjs';

const HANDLERS = {
  users: (_request, response) => response.end('user'),
  hangs: never,
  streams: (_request, response) => sendParts(response),
  fails: () => {
    throw new Error('broken');
  },
  orders: async (request, response) => {
    const { quantity } = await json(request);
    response.writeHead(typeof quantity === 'number' ? 200 : 400).end();
  },
};

const server = createServer((request, response) => {
  const [, name, id, ...rest] = request.url.split('?')[0].split('/');
  const method = name === 'orders' ? 'POST' : 'GET';
  if (!Object.hasOwn(HANDLERS, name) || !id || rest.length > 0 || request.method !== method) {
    response.writeHead(404).end();
    return;
  }
  setHttpRoute(request, `/${name}/:id`);
  try {
    HANDLERS[name](request, response);
  } catch {
    response.writeHead(500).end();
  }
}).listen(0, '127.0.0.1', () => announce(server));
