import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import * as fork from '@platformatic/prom-client';
import { type Sdk, start } from 'meterbridge';
import * as promClient from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bridgePromClient } from '../../../src/bridges/prom-client/registry-producer';
import { parseExposition } from '../../../src/exposition/decode/parser';
import { type Diagnostics, listenToDiagnostics } from '../../diagnostics';
import { serve } from '../../served';
import { OtlpBackend } from '../../servers/otlp-backend';
import { listMetrics } from '../../servers/otlp-messages';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0';
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

let diagnostics: Diagnostics;
let sdk: Sdk | undefined;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  vi.unstubAllEnvs();
  diagnostics.stop();
});

/** Fills a registry with metrics of each kind, with and without labels. */
function fill({ Counter, Gauge, Histogram, Summary, Registry }: typeof promClient): promClient.Registry {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'jobs', help: 'Jobs', labelNames: ['queue', 'code'], registers }).inc(
    { queue: 'a"b', code: 200 },
    2,
  );
  new Counter({ name: 'starts_total', help: 'Starts', registers });
  new Gauge({ name: 'depth', help: 'Depth\nof it', labelNames: ['queue'], registers }).set({ queue: 'é' }, -1.5);
  new Gauge({
    name: 'limit',
    help: 'Limit',
    registers,
    collect: function collect() {
      this.set(Infinity);
    },
  });
  const histogram = new Histogram({
    name: 'wait_seconds',
    help: 'Wait',
    labelNames: ['queue'],
    buckets: [0.1, 1],
    registers,
  });
  for (const value of [0.05, 0.5, 5]) histogram.observe({ queue: 'a' }, value);
  histogram.observe({}, 1);
  const summary = new Summary({
    name: 'size_bytes',
    help: 'Size',
    labelNames: ['queue'],
    percentiles: [0.5, 0.9],
    registers,
  });
  for (const value of [1, 2, 3]) summary.observe({ queue: 'a' }, value);
  registry.setDefaultLabels({ zone: 'z' });
  return registry;
}

/** Returns what a page says, whatever the order of its families and labels. */
function content(page: string): object {
  return Object.fromEntries(
    [...parseExposition(page)].map(([name, { type, help, samples }]) => [
      name,
      {
        type,
        help,
        samples: samples
          .map(({ name: sample, labels, value }) => [sample, Object.fromEntries([...labels].sort()), value])
          .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      },
    ]),
  );
}

const LIBRARIES = [
  ['prom-client', promClient],
  ['@platformatic/prom-client', fork as unknown as typeof promClient],
] as const;

describe.each(LIBRARIES)('bridgePromClient over a registry of %s', (_, library) => {
  it('serves exactly what the registry serves', async () => {
    const registry = fill(library);
    const { page } = serve({ metricProducers: [bridgePromClient(registry)], targetInfoEnabled: false });
    expect(content(await page())).toEqual(content(await registry.metrics()));
    expect(diagnostics.messages()).toEqual([]);
  });
});

describe('bridgePromClient', () => {
  it('keeps the name of a counter without _total in OpenMetrics', async () => {
    const { lines } = serve({ metricProducers: [bridgePromClient(fill(promClient))] });
    expect(await lines('jobs', OPENMETRICS)).toContain('jobs{queue="a\\"b",code="200",zone="z"} 2');
  });

  it('serves exemplars, with the identifiers of their spans', async () => {
    const registry = new promClient.Registry<promClient.OpenMetricsContentType>();
    registry.setContentType(promClient.Registry.OPENMETRICS_CONTENT_TYPE);
    const options = { help: 'h', enableExemplars: true, registers: [registry] };
    new promClient.Counter({ name: 'a_total', ...options }).inc({ exemplarLabels: { trace_id: TRACE_ID, user: 'x' } });
    new promClient.Histogram({ name: 'b', buckets: [1], ...options }).observe({
      value: 0.5,
      exemplarLabels: { user: 'y' },
    });
    const { lines } = serve({ metricProducers: [bridgePromClient(registry)] });
    expect(await lines('a', OPENMETRICS)).toContainEqual(
      expect.stringMatching(new RegExp(`^a_total 1 # \\{trace_id="${TRACE_ID}",user="x"\\} 1 `)),
    );
    expect(await lines('b', OPENMETRICS)).toContainEqual(
      expect.stringMatching(/^b_bucket\{le="1.0"\} 1 # \{user="y"\} 0.5 /),
    );
  });

  it('keeps the rest of the page when a collect function of the registry fails', async () => {
    const registry = new promClient.Registry();
    new promClient.Gauge({
      name: 'bad',
      help: 'h',
      registers: [registry],
      collect: () => {
        throw new Error('no database');
      },
    });
    const { page, meter } = serve({ metricProducers: [bridgePromClient(registry)] });
    meter.createCounter('good').add(1);
    expect(await page()).toMatch(/^good_total\{.*\} 1$/m);
    expect(diagnostics.messages()).toEqual([expect.stringContaining('no database')]);
  });

  it('keeps the rest of the page when a collect function of the registry never ends', async () => {
    const registry = new promClient.Registry();
    new promClient.Gauge({ name: 'bad', help: 'h', registers: [registry], collect: () => new Promise(() => {}) });
    const { reader, meter } = serve({ metricProducers: [bridgePromClient(registry)] });
    meter.createCounter('good').add(1);
    const { status } = await reader.scrape({ timeoutMillis: 200 });
    expect(status).toBe(200);
    expect(diagnostics.messages()).toEqual([expect.stringContaining('prom-client registry timed out')]);
  });

  it('leaves out a metric of a type that it does not know, and reports it', async () => {
    const registry = fill(promClient);
    registry.registerMetric({
      name: 'odd',
      get: async () => ({ name: 'odd', help: 'h', type: 'stateset', values: [] }),
    } as never);
    const { page } = serve({ metricProducers: [bridgePromClient(registry)] });
    expect([...parseExposition(await page()).keys()]).toContain('jobs');
    expect(diagnostics.messages()).toEqual([expect.stringContaining('stateset')]);
  });

  it('gives another reader the quantiles of a summary as a gauge, and its sum and its count', async () => {
    class PullReader extends MetricReader {
      protected override async onForceFlush(): Promise<void> {}
      protected override async onShutdown(): Promise<void> {}
    }
    const reader = new PullReader({ metricProducers: [bridgePromClient(fill(promClient))] });
    const provider = new MeterProvider({ readers: [reader] });
    const { resourceMetrics } = await reader.collect();
    expect(flatten(resourceMetrics).filter(([name]) => name.startsWith('size_bytes'))).toEqual([
      ['size_bytes', { queue: 'a', zone: 'z', quantile: '0.5' }, 2],
      ['size_bytes', { queue: 'a', zone: 'z', quantile: '0.9' }, 3],
      ['size_bytes_sum', { queue: 'a', zone: 'z' }, 6],
      ['size_bytes_count', { queue: 'a', zone: 'z' }, 3],
    ]);
    await provider.shutdown();
  });
});

function flatten({ scopeMetrics }: ResourceMetrics): [name: string, attributes: object, value: unknown][] {
  return scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }): [string, object, unknown] => [descriptor.name, attributes, value]),
    ),
  );
}

describe('start({ metricProducers })', () => {
  it.each(['http/protobuf', 'http/json'] as const)(
    'exports a bridged registry over %s, its summary as a summary',
    async (protocol) => {
      const backend = await OtlpBackend.start();
      for (const [name, value] of Object.entries({ ...backend.environment, OTEL_EXPORTER_OTLP_PROTOCOL: protocol })) {
        vi.stubEnv(name, value);
      }
      sdk = await start({
        logger: false,
        shutdownOnExit: false,
        runtimeMetrics: 'none',
        metricProducers: [bridgePromClient(fill(promClient))],
      });
      await sdk.forceFlush();
      const exported = new Map(backend.accepted.flatMap(listMetrics).map((metric) => [metric.name, metric]));
      expect([...exported.keys()].sort()).toEqual([
        'depth',
        'jobs',
        'limit',
        'size_bytes',
        'starts_total',
        'wait_seconds',
      ]);
      expect(exported.get('jobs')?.sum).toMatchObject({ isMonotonic: true, aggregationTemporality: 2 });
      expect(exported.get('size_bytes')?.summary?.dataPoints).toMatchObject([
        {
          count: 3,
          sum: 6,
          quantileValues: [
            { quantile: 0.5, value: 2 },
            { quantile: 0.9, value: 3 },
          ],
        },
      ]);
      expect(exported.get('wait_seconds')?.histogram?.dataPoints?.[0]).toMatchObject({
        explicitBounds: [0.1, 1],
        count: 3,
      });
      await sdk.shutdown();
      await backend.stop();
    },
  );

  it('leaves the default metrics of prom-client to the registry that has them', async () => {
    const registry = new promClient.Registry();
    promClient.collectDefaultMetrics({ register: registry, labels: { app: 'shop' } });
    sdk = await start({ logger: false, prometheus: { server: false }, metricProducers: [bridgePromClient(registry)] });
    const { body } = await sdk.scrape();
    expect(body.match(/^process_start_time_seconds.*$/gm)).toEqual([
      expect.stringMatching(/^process_start_time_seconds\{app="shop"\} \d+$/),
    ]);
    expect(diagnostics.messages()).toEqual([]);
  });

  it('adds the producers of a later call to the running SDK', async () => {
    sdk = await start({ logger: false, prometheus: { server: false } });
    expect(await start({ metricProducers: [bridgePromClient(fill(promClient))] })).toBe(sdk);
    expect((await sdk.scrape()).body).toContain('\nstarts_total{zone="z"} 0\n');
    expect(diagnostics.messages()).toEqual([]);
  });
});
