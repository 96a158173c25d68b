// Runs under jest and vitest, with the same functions.
const { createServer, request } = require('node:http');
const express = require('express');
const { start, setHttpRoute } = require('meterbridge');
const { ticker } = require('meterbridge/systems/ticker');

let sdk;

beforeAll(async () => {
  const source = process.env.METERBRIDGE_HTTP_SOURCE;
  sdk = await start({ systems: [ticker], prometheus: { server: false }, http: { source }, shutdownOnExit: false });
});

afterAll(() => sdk.shutdown());

async function holds(pattern) {
  const end = Date.now() + 3000;
  for (;;) {
    const { body } = await sdk.scrape();
    if (pattern.test(body) || Date.now() > end) return expect(body).toMatch(pattern);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Sends a request to a server of its own. */
async function exchange(listener, path, get) {
  const server = createServer(listener);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await get(`http://127.0.0.1:${port}${path}`);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const send = (url) =>
  new Promise((resolve, reject) => {
    request(url, { agent: false }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });

test('setHttpRoute of node:http', async () => {
  const listener = (incoming, response) => {
    setHttpRoute(incoming, '/things/:id');
    response.end('ok');
  };
  await exchange(listener, '/things/7', send);
  await holds(/^http_requests_total\{method="GET",endpoint="\/things\/:id",status="200"\} 1$/m);
  await holds(/^http_server_request_duration_seconds_count\{(?=[^}]*http_route="\/things\/:id")[^}]*\} 1$/m);
});

test('route of express', async () => {
  const router = express.Router();
  router.get('/users/:id', (_request, response) => response.send('user'));
  const app = express();
  app.use('/tenants/:tenant', router);
  await exchange(app, '/tenants/1/users/7', send);
  await holds(/^http_requests_total\{method="GET",endpoint="\/tenants\/:tenant\/users\/:id",status="200"\} 1$/m);
  await holds(
    /^http_server_request_duration_seconds_count\{(?=[^}]*http_route="\/tenants\/:tenant\/users\/:id")[^}]*\} 1$/m,
  );
});

const clientOf = (port) =>
  new RegExp(`^http_client_request_duration_seconds_count\\{[^}]*server_port="${port}"[^}]*\\} 1$`, 'm');

test('client http.request()', async () => {
  await holds(clientOf(await exchange((_request, response) => response.end('ok'), '/', send)));
});

test('client fetch()', async () => {
  const get = async (url) => (await fetch(url)).text();
  await holds(clientOf(await exchange((_request, response) => response.end('ok'), '/', get)));
});
