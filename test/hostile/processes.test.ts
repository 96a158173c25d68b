import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LISTENING, plainEnvironment } from '../process/apps';
import { freePort, ROOT, run, until } from '../servers/processes';

it('workers of a cluster whose primary has no metrics answer each scrape with the metrics of all workers', async () => {
  const port = await freePort();
  const app = run(process.execPath, [join(ROOT, 'test/hostile/apps/cluster.cjs')], {
    env: { ...plainEnvironment(), METERBRIDGE_SYSTEMS: 'hodei', OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
  });
  const scheduled = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/metrics`, { headers: { connection: 'close' } });
    return [...(await response.text()).matchAll(/^hodei_jobs_scheduled_total\{.*$/gm)].map(([line]) => line).sort();
  };
  const expected = ['worker-1', 'worker-2'].map((id) => `hodei_jobs_scheduled_total{tenant_id="${id}"} 1`);
  try {
    await until(async () => ((await scheduled()).length === 2 ? true : undefined));
    for (let i = 0; i < 10; i++) expect(await scheduled()).toEqual(expected);
    expect(app.stderr().replace(LISTENING, '')).toBe('');
  } finally {
    await app.stop('SIGTERM');
  }
});
