import type { IncomingMessage, ServerResponse } from 'node:http';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics';
import { MeterProvider, PrometheusReader } from 'meterbridge';
import { FLOOR } from './measure';
import { promClients } from './prom-clients';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** A metrics library that holds series and serves them. */
export interface Filled {
  readonly name: string;
  /** Records once on the given number of counters and of histograms with twelve buckets, with two labels each. */
  fill(each: number): void;
  /** Creates the page. Returns its size in bytes. */
  page(): Promise<number>;
  serve(request: IncomingMessage, response: ServerResponse): void;
}

function fillOtel(provider: StockMeterProvider | MeterProvider, each: number): void {
  const meter = provider.getMeter('bench');
  const counter = meter.createCounter('requests_total');
  const histogram = meter.createHistogram('latency_seconds', { advice: { explicitBucketBoundaries: BUCKETS } });
  for (let i = 0; i < each; i++) {
    counter.add(i % 7, { tenant: `tenant-${i}`, operation: 'read' });
    histogram.record((i % 100) / 10, { tenant: `tenant-${i}`, operation: 'read' });
  }
}

/** Creates what a server takes at least: it sends as many bytes, which are ready. */
export function createSocketFloor(bytes: number): Filled {
  const page = Buffer.alloc(bytes, 'x');
  return {
    name: `${FLOOR}socket of the same bytes`,
    fill: () => {},
    page: async () => Buffer.from(page).length,
    serve: (_request, response) => response.end(page),
  };
}

/** Creates a contender by its name, so that a process holds just one. */
export async function contenders(): Promise<Map<string, () => Filled>> {
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: 1_000_000 }];
  const all = new Map<string, () => Filled>();
  all.set('meterbridge', () => {
    const reader = new PrometheusReader({ scopeInfoEnabled: false });
    const provider = new MeterProvider({ views, readers: [reader] });
    return {
      name: 'meterbridge',
      fill: (each) => fillOtel(provider, each),
      page: async () => {
        let bytes = 0;
        for await (const piece of (await reader.scrape()).body) bytes += piece.length;
        return bytes;
      },
      serve: reader.handler,
    };
  });
  all.set('stock OTel', () => {
    const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
    const serializer = new PrometheusSerializer('', false, undefined, undefined, true);
    const provider = new StockMeterProvider({ views, readers: [exporter] });
    return {
      name: 'stock OTel',
      fill: (each) => fillOtel(provider, each),
      page: async () => {
        const { resourceMetrics } = await exporter.collect();
        return Buffer.from(serializer.serialize(resourceMetrics)).length;
      },
      serve: (request, response) => exporter.getMetricsRequestHandler(request, response),
    };
  });
  for (const { name, client } of await promClients()) {
    all.set(name, () => {
      const registry = new client.Registry();
      const labelNames = ['tenant', 'operation'];
      const counter = new client.Counter({ name: 'requests_total', help: 'h', labelNames, registers: [registry] });
      const histogram = new client.Histogram({
        name: 'latency_seconds',
        help: 'h',
        labelNames,
        buckets: BUCKETS,
        registers: [registry],
      });
      return {
        name,
        fill: (each) => {
          for (let i = 0; i < each; i++) {
            counter.inc({ tenant: `tenant-${i}`, operation: 'read' }, i % 7);
            histogram.observe({ tenant: `tenant-${i}`, operation: 'read' }, (i % 100) / 10);
          }
        },
        page: async () => Buffer.from(await registry.metrics()).length,
        serve: (_request, response) => {
          // The fork returns a string, prom-client a promise.
          void Promise.resolve(registry.metrics()).then((page) => response.end(page));
        },
      };
    });
  }
  return all;
}
