/**
 * The ticker: a controller that ticks shards of workers, with an HTTP API. It uses the facade of its documented metrics and
 * starts no SDK. The metrics are served if meterbridge is preloaded:
 *
 *     METERBRIDGE_SYSTEMS=ticker node --require meterbridge/register main.js
 */
import type { AddressInfo } from 'node:net';
import { createApi } from './api';
import { Controller } from './controller';

const {
  API_PORT = '3000',
  TICK_MILLIS = '1000',
  TOKEN = 'dagda',
  OTEL_EXPORTER_PROMETHEUS_PORT = '3001',
} = process.env;

const controller = new Controller(Number(TICK_MILLIS));
for (const shard of ['shard-0', 'shard-1']) controller.addShard(shard);
controller.start();

const server = createApi(controller, TOKEN).listen(Number(API_PORT), '127.0.0.1', (error) => {
  if (error !== undefined) throw error;
  const { port } = server.address() as AddressInfo;
  const api = `http://127.0.0.1:${port}`;
  const metrics = `http://localhost:${OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`;
  console.log(JSON.stringify({ ready: true, system: 'ticker', metrics, api }));
});

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    controller.stop();
    server.close();
    setTimeout(() => server.closeAllConnections(), 1000).unref();
  });
}
