import { readdirSync } from 'node:fs';
import { metrics } from '@opentelemetry/api';
import { deferredInstruments, defineCatalog, start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { afterEach, describe, expect, it } from 'vitest';
import { OtlpBackend } from '../servers/otlp-backend';
import { until } from '../servers/processes';

const QUIET = { http: false, prometheus: { server: false } } as const;
const limited = (limit: number) =>
  defineCatalog({
    name: `limited-${limit}`,
    metrics: {
      users: {
        name: `limited_${limit}_total`,
        instrument: 'counter',
        description: 'Users',
        labels: { user: 'string' },
        cardinalityLimit: limit,
      },
    },
  });

afterEach(() => metrics.disable());

describe('a catalog that is added to a running SDK', () => {
  it.each([5, 3000])('keeps its limit of %i attribute sets', async (limit) => {
    const catalog = limited(limit);
    const { users } = deferredInstruments(catalog);
    const sdk = await start(QUIET);
    await start({ catalogs: [catalog] });
    for (let i = 0; i < 4000; i++) users.add(1, { user: `user-${i}` });
    const { body } = await sdk.scrape();
    const lines = body.split('\n').filter((line) => line.startsWith(`limited_${limit}_total{`));
    expect(lines).toHaveLength(limit + 1);
    expect(lines).toContain(`limited_${limit}_total{otel_metric_overflow="true"} ${4000 - limit}`);
    await sdk.shutdown();
  });
});

describe('start() and shutdown()', () => {
  it('in any number leave no handle, listener, descriptor or connection, whatever is exported', async () => {
    const backend = await OtlpBackend.start();
    const held = () => ({
      resources: process.getActiveResourcesInfo().filter((name) => name !== 'Timeout' && name !== 'Immediate').length,
      listeners: process.eventNames().reduce((count, event) => count + process.listenerCount(event), 0),
      descriptors: readdirSync('/proc/self/fd').length,
    });
    process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT = backend.endpoint;
    try {
      const round = async () => {
        const sdk = await start({ systems: [hodei], exporters: ['prometheus', 'otlp'], prometheus: { port: 0 } });
        hodei.recordJobScheduled('a');
        const [url = ''] = sdk.urls;
        await fetch(url, { headers: { connection: 'close' } }).then((response) => response.text());
        await sdk.forceFlush();
        await sdk.shutdown();
      };
      await round();
      const before = held();
      for (let i = 0; i < 10; i++) await round();
      const isBack = () => {
        const now = held();
        return (Object.keys(before) as (keyof typeof before)[]).every((kind) => now[kind] <= before[kind]) || undefined;
      };
      // Sooner than the backend closes connections that are idle.
      await until(isBack, 3000).catch(() => expect(held()).toEqual(before));
    } finally {
      delete process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT;
      await backend.stop();
    }
  });

  it('in any interleaved order leave an SDK that serves, or none', async () => {
    const first = start(QUIET);
    const second = start(QUIET);
    const third = (await first).shutdown();
    const fourth = start({ ...QUIET, systems: [hodei] });
    await Promise.all([second, third, (await first).shutdown()]);
    const sdk = await fourth;
    hodei.recordJobScheduled('a');
    expect((await sdk.scrape()).body).toContain('hodei_jobs_scheduled_total{tenant_id="a"} 1\n');
    await Promise.all([sdk.shutdown(), sdk.shutdown(), sdk.forceFlush()]);
    expect((await sdk.scrape()).status).toBe(503);
  });
});
