/** The Hodei Jobs server: tenants submit jobs over HTTP, and a scheduler assigns them to worker processes. */
import { start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { createApi } from './api';
import { FixedQuotas, RemoteQuotas } from './quotas';
import { Scheduler } from './scheduler';
import { startTracing } from './tracing';

async function main(): Promise<void> {
  const { HOST = '127.0.0.1', PORT = '8080', WORKERS = '2', QUOTA_URL = '', QUOTA = '100' } = process.env;
  const traces = startTracing();
  // The API's own server serves the metrics, so the SDK starts none.
  const sdk = await start({
    serviceName: 'hodei',
    serviceVersion: '0.1.0',
    systems: [hodei],
    prometheus: { server: false },
  });
  const scheduler = new Scheduler(
    Number(WORKERS),
    QUOTA_URL === '' ? new FixedQuotas(Number(QUOTA)) : new RemoteQuotas(QUOTA_URL),
  );
  sdk.addReadinessCheck('workers', () => {
    if (scheduler.workers.healthy === 0) throw new Error('no worker is healthy');
  });

  const api = createApi(scheduler, sdk, traces);
  const url = await api.listen({ host: HOST, port: Number(PORT) });
  console.log(JSON.stringify({ ready: true, system: 'hodei', metrics: `${url}/api/v1/metrics`, api: url }));

  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      await api.close();
      await scheduler.stop();
      await sdk.shutdown();
    });
  }
}

void main();
