/** The AllSource core: an event store whose own server serves the metrics. */
import type { AddressInfo } from 'node:net';
import { start } from 'meterbridge';
import { allsource } from 'meterbridge/systems/allsource';
import { createApi } from './api';
import { EventStore } from './event-store';
import { Subscriptions } from './subscriptions';

async function main(): Promise<void> {
  const { HOST = '127.0.0.1', PORT = '8080', DATA_DIR = '.data/allsource', EVENTS_IN_SEGMENT = '500' } = process.env;
  const sdk = await start({
    serviceName: 'allsource',
    serviceVersion: '0.1.0',
    systems: [allsource],
    prometheus: { server: false },
  });
  const store = await EventStore.open(DATA_DIR, { eventsInSegment: Number(EVENTS_IN_SEGMENT) });
  const api = createApi(store, sdk);
  const subscriptions = new Subscriptions(api, store.metrics);
  store.subscribe((event) => subscriptions.feed(event));
  api.listen(Number(PORT), HOST, () => {
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    console.log(JSON.stringify({ ready: true, system: 'allsource', metrics: `${url}/metrics`, api: url }));
  });

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      subscriptions.close();
      api.close();
      api.closeIdleConnections();
      await store.close();
      await sdk.shutdown();
    });
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
