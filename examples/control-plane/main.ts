/** The AllSource control plane: monitors core nodes and aggregates their metrics. */
import type { AddressInfo } from 'node:net';
import { start } from 'meterbridge';
import { controlPlane } from 'meterbridge/systems/control-plane';
import { createApi } from './api';
import { createDashboard } from './dashboard';
import { History } from './history';
import { Nodes } from './nodes';
import { Prometheus } from './prometheus';

async function main(): Promise<void> {
  const {
    HOST = '127.0.0.1',
    PORT = '8081',
    CORE_NODES = 'core-1=http://127.0.0.1:8080',
    POLL_MILLIS = '2000',
    PROMETHEUS_URL = '',
    STORAGE_CAPACITY_BYTES = '',
  } = process.env;
  const sdk = await start({
    serviceName: 'control-plane',
    serviceVersion: '0.1.0',
    systems: [controlPlane],
    prometheus: { server: false },
  });
  const history = new History();
  const nodes = new Nodes(Number(POLL_MILLIS), history);
  for (const node of CORE_NODES.split(',').filter((text) => text !== '')) {
    const [id = '', url = ''] = node.split(/=(.*)/s);
    await nodes.watch(id, url);
  }
  sdk.addReadinessCheck('core', () => {
    const down = nodes.list().filter(({ isHealthy }) => !isHealthy);
    if (down.length > 0) throw new Error(down.map(({ id, fault }) => `${id}: ${fault}`).join('; '));
  });
  const prometheus = PROMETHEUS_URL === '' ? undefined : new Prometheus(PROMETHEUS_URL);
  if (prometheus !== undefined) sdk.addReadinessCheck('prometheus', () => prometheus.check());
  nodes.start();

  const capacity = STORAGE_CAPACITY_BYTES === '' ? undefined : Number(STORAGE_CAPACITY_BYTES);
  const dashboard = createDashboard(nodes, history, prometheus, capacity);
  const api = createApi(nodes, dashboard, sdk);
  api.listen(Number(PORT), HOST, () => {
    const url = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    console.log(JSON.stringify({ ready: true, system: 'control-plane', metrics: `${url}/metrics`, api: url }));
  });

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      nodes.stop();
      api.close();
      api.closeIdleConnections();
      await sdk.shutdown();
    });
  }
}

void main();
