import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { PrometheusExporter } from '../../src/exporter/prometheus-exporter';
import { catalogViews, createInstruments, defineCatalog } from '../../src/instruments';
import { freePort, until } from '../servers/processes';

const shop = defineCatalog({
  name: 'stock-shop',
  metrics: {
    orders: {
      name: 'stock_orders',
      instrument: 'counter',
      description: 'Orders',
      labels: { result: ['paid', 'refused'] },
    },
    wait: { name: 'stock_wait_seconds', instrument: 'histogram', description: 'Wait', unit: 's', buckets: [0.5, 1] },
  },
});

describe('the exporter as a reader of a stock MeterProvider', () => {
  let provider: MeterProvider | undefined;
  afterEach(() => provider?.shutdown());

  it('serves documented names to the letter, at the port that is asked for', async () => {
    const port = await freePort();
    const exporter = new PrometheusExporter({
      host: '127.0.0.1',
      port,
      selfMetrics: false,
      withoutTargetInfo: true,
      catalogs: [shop],
    });
    provider = new MeterProvider({ views: catalogViews(shop), readers: [exporter] });
    const { orders, wait } = createInstruments(provider.getMeter('shop'), shop);
    orders.add(2, { result: 'paid' });
    wait.record(0.7);
    const page = await until(async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
    expect(page).toBe(`# HELP stock_orders Orders
# TYPE stock_orders counter
stock_orders{result="paid"} 2
stock_orders{result="refused"} 0
# HELP stock_wait_seconds Wait
# TYPE stock_wait_seconds histogram
stock_wait_seconds_bucket{le="0.5"} 0
stock_wait_seconds_bucket{le="1"} 1
stock_wait_seconds_bucket{le="+Inf"} 1
stock_wait_seconds_sum 0.7
stock_wait_seconds_count 1
`);
    await provider.shutdown();
    provider = undefined;
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });

  it('stops its server when it is told to', async () => {
    const port = await freePort();
    const exporter = new PrometheusExporter({ host: '127.0.0.1', port, preventServerStart: true });
    provider = new MeterProvider({ readers: [exporter] });
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    await exporter.startServer();
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    await exporter.stopServer();
    await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
  });
});
