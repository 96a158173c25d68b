/** The orchestrator: worker processes share the events of a replica set, and one page has the metrics of all of them. */
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { start } from 'meterbridge';
import { orchestrator } from 'meterbridge/systems/orchestrator';
import { createApi } from './api';
import { Monitor } from './monitor';
import { PROJECTIONS } from './projections';
import { STALE_MILLIS, Store } from './store';
import { Supervisor } from './supervisor';

const REPLICA_SET = 'main-projections';

/** The three modes of the document: on the app's own server, on a separate server, or not at all. */
const MODES = ['mounted', 'standalone', 'disabled'] as const;

async function main(): Promise<void> {
  const {
    HOST = '127.0.0.1',
    PORT = '9090',
    API_PORT = '9093',
    WORKERS = '3',
    METRICS = 'mounted',
    DATA_DIR = '.data/orchestrator',
  } = process.env;
  const mode = MODES.find((each) => each === METRICS);
  if (mode === undefined)
    throw new Error(`invalid METRICS ${JSON.stringify(METRICS)}: expected one of ${MODES.join(', ')}`);
  const sdk = await start({
    serviceName: 'orchestrator',
    serviceVersion: '0.1.0',
    systems: [orchestrator],
    metricsEnabled: mode !== 'disabled',
    prometheus: { server: false },
  });
  orchestrator.initializeReplicaSet(
    REPLICA_SET,
    PROJECTIONS.map(({ name }) => name),
  );

  mkdirSync(DATA_DIR, { recursive: true });
  const file = join(DATA_DIR, 'orchestrator.db');
  const store = new Store(file);
  const supervisor = new Supervisor(file, REPLICA_SET);
  const monitor = new Monitor(store, REPLICA_SET, orchestrator);
  for (let i = 0; i < Number(WORKERS); i++) supervisor.add();

  sdk.addReadinessCheck('workers', () => {
    if (store.census(REPLICA_SET, STALE_MILLIS).workers === 0) throw new Error('no worker is active');
  });
  const standalone = mode === 'standalone' ? await sdk.serve(`${HOST}:${PORT}`) : undefined;
  const api = createApi(store, supervisor, sdk, standalone === undefined);
  api.listen(Number(standalone === undefined ? PORT : API_PORT), HOST, () => {
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    const metrics = standalone === undefined ? `${url}/metrics` : standalone.urls[0];
    console.log(JSON.stringify({ ready: true, system: 'orchestrator', metrics, api: url }));
  });

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      api.close();
      api.closeAllConnections();
      await supervisor.stop();
      monitor.stop();
      store.close();
      await sdk.shutdown();
    });
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
