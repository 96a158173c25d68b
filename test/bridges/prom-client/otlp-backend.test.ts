import { type Sdk, start } from 'meterbridge';
import { Counter, Histogram, register, Summary } from 'meterbridge/prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hasVictoriaMetrics, VictoriaMetrics } from '../../servers/victoria-metrics';

let sdk: Sdk | undefined;
afterEach(async () => {
  await sdk?.shutdown();
  register.clear();
  vi.unstubAllEnvs();
});

describe.skipIf(!hasVictoriaMetrics)('a VictoriaMetrics server that receives OTLP', () => {
  it('stores metrics of meterbridge/prom-client under their names, and the quantiles of a summary', async () => {
    const backend = await VictoriaMetrics.start();
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', backend.otlpEndpoint);
    new Counter({ name: 'jobs', help: 'Jobs', labelNames: ['queue'] }).inc({ queue: 'mail' }, 3);
    new Histogram({ name: 'wait_seconds', help: 'Wait', buckets: [1] }).observe(0.5);
    const summary = new Summary({ name: 'size_bytes', help: 'Size', percentiles: [0.5, 0.9] });
    for (const value of [1, 2, 3]) summary.observe(value);
    sdk = await start({
      exporters: ['otlp'],
      logger: false,
      runtimeMetrics: 'none',
      shutdownOnExit: false,
      resource: { job: 'app' },
    });
    await sdk.forceFlush();
    const values = async (query: string) =>
      (await backend.queryUntilFound(query)).map(({ metric, value }) => [
        metric.__name__,
        metric.quantile ?? metric.queue,
        value[1],
      ]);
    expect(await values('jobs')).toEqual([['jobs', 'mail', '3']]);
    expect((await values('size_bytes')).sort()).toEqual([
      ['size_bytes', '0.5', '2'],
      ['size_bytes', '0.9', '3'],
    ]);
    expect(await values('{__name__=~"size_bytes_.*"}')).toEqual(
      expect.arrayContaining([
        ['size_bytes_sum', undefined, '6'],
        ['size_bytes_count', undefined, '3'],
      ]),
    );
    expect(await values('wait_seconds_count')).toEqual([['wait_seconds_count', undefined, '1']]);
    await backend.stop();
  });
});
