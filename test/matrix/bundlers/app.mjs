// An app that is bundled with meterbridge in it. Runs each check in turn and prints a JSON object: the result of each check,
// `ok` or the error.
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';
import express from 'express';
import { createInstruments, defineCatalog, setHttpRoute, start } from 'meterbridge';
import { ticker } from 'meterbridge/systems/ticker';

const shop = defineCatalog({
  name: 'shop',
  metrics: { orders: { name: 'shop_orders', instrument: 'counter', description: 'Orders' } },
});

let url;

async function holds(...patterns) {
  const end = Date.now() + 3000;
  for (;;) {
    const page = await (await fetch(url)).text();
    if (patterns.every((pattern) => pattern.test(page)) || Date.now() > end) {
      for (const pattern of patterns) assert.match(page, pattern);
      return;
    }
    await wait(20);
  }
}

const listen = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

const send = (port, path) =>
  new Promise((resolve, reject) => {
    request({ port, path, host: '127.0.0.1', agent: false }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });

const counted = (endpoint, status) => [
  new RegExp(`^http_requests_total\\{method="GET",endpoint="${endpoint}",status="${status}"\\} 1$`, 'm'),
  new RegExp(`^http_server_request_duration_seconds_count\\{(?=[^}]*http_route="${endpoint}")[^}]*\\} 1$`, 'm'),
];

const CHECKS = {
  async 'own metrics on the endpoint'() {
    createInstruments(metrics.getMeter('shop'), shop).orders.add(3);
    await holds(/^shop_orders 3$/m);
  },
  async 'setHttpRoute of node:http'() {
    const server = createServer((incoming, response) => {
      setHttpRoute(incoming, '/things/:id');
      response.end('ok');
    });
    await send(await listen(server), '/things/7');
    await holds(...counted('/things/:id', 200));
  },
  async 'route of express'() {
    const router = express.Router();
    router.get('/users/:id', (_request, response) => response.send('user'));
    const app = express();
    app.use('/tenants/:tenant', router);
    await send(await listen(createServer(app)), '/tenants/1/users/7');
    await holds(...counted('/tenants/:tenant/users/:id', 200));
  },
  async 'client fetch()'() {
    const port = await listen(createServer((_incoming, response) => response.end('ok')));
    await (await fetch(`http://127.0.0.1:${port}/`)).text();
    await holds(new RegExp(`^http_client_request_duration_seconds_count\\{[^}]*server_port="${port}"[^}]*\\} 1$`, 'm'));
  },
  async 'dashboard with its files'() {
    const page = await fetch(new URL('/dashboard', url));
    assert.equal(page.status, 200);
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, file]) => file);
    assert.ok(files.length > 0, html);
    for (const file of files) {
      const { status } = await fetch(new URL(file, page.url));
      assert.equal(status, 200, `${file} has the status ${status}`);
    }
  },
};

async function main() {
  const sdk = await start({
    systems: [ticker],
    catalogs: [shop],
    prometheus: { port: 0, host: '127.0.0.1', dashboard: true },
    http: { source: process.argv[2] },
    shutdownOnExit: false,
  });
  [url] = sdk.urls;
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
