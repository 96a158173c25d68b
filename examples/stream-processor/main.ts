/** The stream processor: aggregates sensor readings of a partitioned log in windows. */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { start } from 'meterbridge';
import { streamProcessor } from 'meterbridge/systems/stream-processor';
import { createApi } from './api';
import { EmbeddedLog } from './embedded-log';
import { Intake } from './intake';
import { KafkaLog } from './kafka-log';
import { Pipeline } from './pipeline';
import { Results } from './results';
import { State } from './state';

async function main(): Promise<void> {
  const {
    HOST = '127.0.0.1',
    PORT = '9090',
    API_PORT = '9094',
    DATA_DIR = '.data/stream-processor',
    KAFKA_BROKERS = '',
    LOG_CAPACITY = '50000',
    DEDUP_CAPACITY = '10000',
    STATE_OBJECTS = '64',
    STATE_TEXTS = '256',
    CHECKPOINT_MILLIS = '1000',
    HOLD_MILLIS = '2000',
  } = process.env;
  const sdk = await start({
    serviceName: 'stream-processor',
    serviceVersion: '0.1.0',
    systems: [streamProcessor],
    prometheus: { host: HOST, port: Number(PORT) },
  });
  const inbox = join(DATA_DIR, 'inbox');
  mkdirSync(inbox, { recursive: true });
  const log =
    KAFKA_BROKERS === ''
      ? new EmbeddedLog(join(DATA_DIR, 'log'), Number(LOG_CAPACITY))
      : await KafkaLog.connect(KAFKA_BROKERS.split(','));
  const state = await State.open(join(DATA_DIR, 'state'), Number(STATE_OBJECTS), Number(STATE_TEXTS));
  const pipeline = new Pipeline(log, state, {
    dedupCapacity: Number(DEDUP_CAPACITY),
    checkpointMillis: Number(CHECKPOINT_MILLIS),
  });
  let isRunning = false;
  sdk.addReadinessCheck('processor', () => {
    if (!isRunning) throw new Error('not running');
  });
  const results = new Results(log);
  await results.start();
  await pipeline.start();
  isRunning = true;

  const api = createApi(new Intake(log, Number(HOLD_MILLIS)), pipeline, results, inbox);
  api.listen(Number(API_PORT), HOST, () => {
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    console.log(JSON.stringify({ ready: true, system: 'stream-processor', metrics: sdk.urls[0], api: url }));
  });

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      isRunning = false;
      api.close();
      api.closeIdleConnections();
      await pipeline.stop();
      await results.stop();
      await log.close();
      await state.close();
      await sdk.shutdown();
    });
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
