import type { IncomingMessage, ServerResponse } from 'node:http';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics';
import { MeterProvider, PrometheusReader } from 'meterbridge';
import { promClients } from './prom-clients';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** A metrics library that holds series and serves them. */
export interface Filled {
  readonly name: string;
  /** Records on a counter and on a histogram with twelve buckets, with two labels each. */
  record(tenant: string, count: number, seconds: number): void;
  /** Creates the page. Returns its size in bytes. */
  page(): Promise<number>;
  serve(request: IncomingMessage, response: ServerResponse): void;
}

/** Records on each series of a number, or on some of them, with values of a duration in seconds. */
export function change({ record }: Filled, series: number, share = 1): void {
  const step = Math.round(1 / share);
  for (let i = 0; i < series; i += step) record(`tenant-${i}`, (i % 7) + 1, ((i * 7919) % 10_007) / 997);
}

function otelRecord(provider: StockMeterProvider | MeterProvider): Filled['record'] {
  const meter = provider.getMeter('bench');
  const counter = meter.createCounter('requests_total');
  const histogram = meter.createHistogram('latency_seconds', { advice: { explicitBucketBoundaries: BUCKETS } });
  return (tenant, count, seconds) => {
    counter.add(count, { tenant, operation: 'read' });
    histogram.record(seconds, { tenant, operation: 'read' });
  };
}

/** Creates contenders by their names. */
export async function contenders(): Promise<Map<string, () => Filled>> {
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: 1_000_000 }];
  const all = new Map<string, () => Filled>();
  all.set('meterbridge', () => {
    const reader = new PrometheusReader({ scopeInfoEnabled: false });
    const provider = new MeterProvider({ views, readers: [reader] });
    return {
      name: 'meterbridge',
      record: otelRecord(provider),
      page: async () => {
        let bytes = 0;
        const { body } = await reader.scrape();
        for await (const piece of body) {
          bytes += piece.length;
          body.release?.(piece);
        }
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
      record: otelRecord(provider),
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
      const options = { help: 'h', labelNames: ['tenant', 'operation'], registers: [registry] };
      const counter = new client.Counter({ ...options, name: 'requests_total' });
      const histogram = new client.Histogram({ ...options, name: 'latency_seconds', buckets: BUCKETS });
      return {
        name,
        record: (tenant, count, seconds) => {
          counter.inc({ tenant, operation: 'read' }, count);
          histogram.observe({ tenant, operation: 'read' }, seconds);
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
