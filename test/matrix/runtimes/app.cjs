// An app that runs under several runtimes. Runs each check in turn and prints a JSON object: the result of each check,
// `ok` or the error.
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { createServer, request } = require('node:http');
const { createServer: createSecureServer, request: secureRequest } = require('node:https');
const { connect: connectHttp2, createServer: createHttp2Server } = require('node:http2');
const { connect } = require('node:net');
const { setTimeout: wait } = require('node:timers/promises');
const express = require('express');
const { createInstruments, defineCatalog, setHttpRoute, start } = require('meterbridge');
const { ticker } = require('meterbridge/systems/ticker');
const { metrics } = require('@opentelemetry/api');

const source = process.argv[2];
const shop = defineCatalog({
  name: 'shop',
  metrics: { orders: { name: 'shop_orders', instrument: 'counter', description: 'Orders' } },
});

let sdk;
let page = async () => '';

async function until(attempt) {
  const end = Date.now() + 3000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await wait(20);
  }
}

const holds = (pattern) => until(async () => assert.match(await page(), pattern));

/** Whether both the documented family and that of the semantic conventions hold a request. */
async function counts(endpoint, status, protocol, scheme = 'http') {
  await holds(new RegExp(`^http_requests_total\\{method="GET",endpoint="${endpoint}",status="${status}"\\} 1$`, 'm'));
  const attributes = ['http_request_method="GET"', `url_scheme="${scheme}"`, `network_protocol_version="${protocol}"`];
  const own = status === 499 ? 'error_type="aborted"' : `http_response_status_code="${status}"`;
  await until(async () => {
    const lines = (await page())
      .split('\n')
      .filter((line) => line.startsWith('http_server_request_duration_seconds_count'));
    const wanted = [...attributes, `http_route="${endpoint}"`, own];
    const found = lines.filter((line) => wanted.every((label) => line.includes(label)));
    assert.deepEqual(
      found.map((line) => line.split(' ').at(-1)),
      ['1'],
      `no ${wanted.join()} in ${lines.join('\n')}`,
    );
  });
  await holds(/^http_server_active_requests\{[^}]*url_scheme="http"[^}]*\} 0$/m);
}

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

/** A request without fetch(), with a connection of its own. */
const send = (url, options = {}, make = request) =>
  new Promise((resolve, reject) => {
    make(url, { agent: false, ...options }, (response) =>
      response.resume().on('end', () => resolve(response.statusCode)),
    )
      .on('error', reject)
      .end();
  });

function answerWithRoute(route) {
  return (incoming, response) => {
    setHttpRoute(incoming, route);
    response.end('ok');
  };
}

const CHECKS = {
  async 'own metrics on the endpoint'() {
    createInstruments(metrics.getMeter('shop'), shop).orders.add(3);
    await holds(/^shop_orders 3$/m);
  },
  async 'HTTP/1 server'() {
    const port = await listen(createServer(answerWithRoute('/http1/:id')));
    await send(`http://127.0.0.1:${port}/http1/7`);
    await counts('/http1/:id', 200, '1.1');
  },
  async 'request that the client aborts'() {
    let arrived;
    const arrival = new Promise((resolve) => {
      arrived = resolve;
    });
    const server = createServer((incoming) => {
      setHttpRoute(incoming, '/hangs');
      arrived();
    });
    const socket = connect(await listen(server), '127.0.0.1').on('error', () => {});
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await arrival;
    socket.destroy();
    await counts('/hangs', 499, '1.1');
  },
  async 'HTTPS server'() {
    const subject = ['-nodes', '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'cert.pem', '-days', '1'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...subject], { stdio: 'ignore' });
    const options = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem') };
    const port = await listen(createSecureServer(options, answerWithRoute('/https')));
    await send(`https://127.0.0.1:${port}/`, { rejectUnauthorized: false }, secureRequest);
    await counts('/https', 200, '1.1', 'https');
  },
  async 'HTTP/2 server'() {
    const port = await listen(createHttp2Server(answerWithRoute('/http2')));
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    await new Promise((resolve, reject) => {
      session.request({ ':path': '/' }).on('error', reject).on('close', resolve).resume().end();
    });
    session.close();
    await counts('/http2', 200, '2');
  },
  async 'route of express'() {
    const router = express.Router();
    router.get('/users/:id', (_request, response) => response.send('user'));
    const app = express();
    app.use('/tenants/:tenant', router);
    const port = await listen(createServer(app));
    await send(`http://127.0.0.1:${port}/tenants/1/users/7`);
    await counts('/tenants/:tenant/users/:id', 200, '1.1');
  },
  async 'client fetch()'() {
    const port = await listen(createServer((_incoming, response) => response.writeHead(204).end()));
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
    await holds(new RegExp(`^http_client_request_duration_seconds_count\\{[^}]*server_port="${port}"[^}]*\\} 1$`, 'm'));
  },
  async 'client http.request()'() {
    const port = await listen(createServer((_incoming, response) => response.writeHead(204).end()));
    await send(`http://127.0.0.1:${port}/`);
    await holds(new RegExp(`^http_client_request_duration_seconds_count\\{[^}]*server_port="${port}"[^}]*\\} 1$`, 'm'));
  },
};

async function main() {
  sdk = await start({
    systems: [ticker],
    catalogs: [shop],
    prometheus: { port: 0, host: '127.0.0.1' },
    http: { source },
    shutdownOnExit: false,
  });
  page = async () => (await fetch(sdk.urls[0])).text();
  const results = {};
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      await check();
      results[name] = 'ok';
    } catch (error) {
      results[name] = String(error.message).slice(0, 1500);
    }
  }
  console.log(JSON.stringify(results));
  process.exit();
}

void main();
