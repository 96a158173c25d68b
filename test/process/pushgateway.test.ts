import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../servers/processes';
import { hasPushgateway, Pushgateway } from '../servers/pushgateway';
import { runApp } from './apps';

const PRELOAD = ['--require', 'meterbridge/register'];

describe.skipIf(!hasPushgateway)('a process with a Pushgateway', () => {
  let gateway: Pushgateway;
  beforeAll(async () => {
    gateway = await Pushgateway.start();
  });
  afterAll(() => gateway.stop());

  const env = (url: string) => ({
    METERBRIDGE_SYSTEMS: 'hodei',
    METERBRIDGE_PUSHGATEWAY_URL: url,
    METERBRIDGE_PROMETHEUS_SERVER_DISABLED: 'true',
  });

  it('that ends because nothing is left to do pushes what it recorded, under the name of its service', async () => {
    const child = runApp('job.cjs', PRELOAD, { ...env(gateway.url), OTEL_SERVICE_NAME: 'nightly job/1' });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('');
    expect(await gateway.page()).toMatch(
      /^hodei_jobs_scheduled_total\{instance="",job="nightly job\/1",tenant_id="tenant-1"\} 1$/m,
    );
  });

  it('that is ended by a signal pushes to the group that the URL names', async () => {
    const child = runApp('signals.cjs', PRELOAD, env(`${gateway.url}/metrics/job/group/shard/a`));
    await new Promise((resolve) => child.process.stdout?.once('data', resolve));
    child.process.kill('SIGTERM');
    expect(await child.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await gateway.page()).toMatch(/^hodei_jobs_scheduled_total\{instance="",job="group",shard="a",/m);
  });

  it('that cannot be reached reports why and ends as without it', async () => {
    const child = runApp('job.cjs', PRELOAD, env(`http://127.0.0.1:${await freePort()}`));
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toMatch(/^meterbridge export: .*Pushgateway: .*ECONNREFUSED 127\.0\.0\.1:\d+\n$/);
  });
});
