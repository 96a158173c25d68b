import { type Attributes, metrics } from '@opentelemetry/api';
import { start } from 'meterbridge';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listLogger } from '../diagnostics';
import { OtlpBackend } from '../servers/otlp-backend';
import { HOSTILE_MEASUREMENTS, HOSTILE_SETS, HOSTILE_VALUES } from './values';

let backend: OtlpBackend;
beforeEach(async () => {
  backend = await OtlpBackend.start();
  process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT = backend.endpoint;
});
afterEach(async () => {
  delete process.env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT;
  await backend.stop();
});

it.each(['http/json', 'http/protobuf'] as const)(
  'hostile values lose nothing of an export over %s, of the page and of the dashboard',
  async (protocol) => {
    const logged: string[] = [];
    const sdk = await start({
      exporters: ['prometheus', 'otlp'],
      otlpProtocol: protocol,
      otlpTemporality: 'delta',
      exemplarFilter: 'always_on',
      logger: listLogger(logged),
      resource: Object.fromEntries(HOSTILE_VALUES.map(({ create }, i) => [`resource-${i}`, create()])) as Attributes,
      http: false,
      prometheus: { host: '127.0.0.1', port: 0 },
    });
    const meter = metrics.getMeter('app');
    const counter = meter.createCounter('counter');
    const histogram = meter.createHistogram('histogram');
    const sets = [
      ...HOSTILE_VALUES.map(({ create }) => ({ bad: create() })),
      ...HOSTILE_SETS.map(({ create }) => create()),
    ];
    for (const attributes of sets) {
      counter.add(1, attributes as Attributes);
      histogram.record(1, attributes as Attributes);
    }
    for (const { create } of HOSTILE_MEASUREMENTS) counter.add(create() as number);
    await sdk.forceFlush();
    expect(backend.total('counter')).toBe(sets.length);
    expect(backend.total('histogram')).toBe(sets.length);
    expect(logged.filter((line) => line.startsWith('meterbridge export'))).toEqual([]);
    const [page = ''] = sdk.urls;
    for (const path of ['', '/dashboard/data.json', '/health', '/ready']) {
      const response = await fetch(path === '' ? page : new URL(path, page));
      expect(response.status, path).toBe(200);
      const body = await response.text();
      if (path !== '') expect(() => JSON.parse(body), path).not.toThrow();
    }
    await sdk.shutdown();
  },
);
