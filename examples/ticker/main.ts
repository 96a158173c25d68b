/**
 * The ticker: a controller that ticks shards of workers, with an HTTP API. It uses the facade of its documented metrics and
 * starts no SDK. The metrics are served if meterbridge is preloaded:
 *
 *     METERBRIDGE_SYSTEMS=ticker node --require meterbridge/register main.js
 */
import type { AddressInfo } from 'node:net';
import { createApi } from './api';
import { Controller } from './controller';
import { Journal } from './journal';
import { Subscribers } from './subscribers';

async function main(): Promise<void> {
  const {
    HOST = '127.0.0.1',
    API_PORT = '3000',
    TICK_MILLIS = '1000',
    TOKEN = 'dagda',
    DATA_DIR = '.data/ticker',
    OTEL_EXPORTER_PROMETHEUS_PORT = '9464',
  } = process.env;
  const journal = await Journal.open(DATA_DIR);
  const controller = new Controller(Number(TICK_MILLIS), journal, new Subscribers());
  for (const shard of ['shard-0', 'shard-1']) controller.addShard(shard);
  controller.start();

  const server = createApi(controller, TOKEN).listen(Number(API_PORT), HOST, (error) => {
    if (error !== undefined) throw error;
    const { port } = server.address() as AddressInfo;
    const api = `http://127.0.0.1:${port}`;
    const metrics = `http://localhost:${OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`;
    console.log(JSON.stringify({ ready: true, system: 'ticker', metrics, api }));
  });

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      await controller.stop();
      server.close();
      server.closeAllConnections();
      await journal.close();
    });
  }
}

void main();
