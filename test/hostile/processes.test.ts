import { join } from 'node:path';
import { expect, it } from 'vitest';
import { plainEnvironment } from '../process/apps';
import { freePort, ROOT, run, until } from '../servers/processes';

it('workers of a cluster do not answer in turn with pages of their own: one serves, the others report the port', async () => {
  const port = await freePort();
  const app = run(process.execPath, [join(ROOT, 'test/hostile/apps/cluster.cjs')], {
    env: { ...plainEnvironment(), METERBRIDGE_SYSTEMS: 'hodei', OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
  });
  try {
    const line = await until(() => (app.stderr().endsWith('\n') ? app.stderr() : undefined));
    expect(line).toMatch(/^meterbridge port-in-use: .*\n$/);
    const pages = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/metrics`, { headers: { connection: 'close' } });
      pages.add(/^hodei_jobs_scheduled_total\{.*$/m.exec(await response.text())?.[0] ?? 'nothing');
    }
    expect([...pages]).toEqual([expect.stringMatching(/^hodei_jobs_scheduled_total\{tenant_id="worker-[12]"\} 1$/)]);
  } finally {
    await app.stop('SIGTERM');
  }
});
