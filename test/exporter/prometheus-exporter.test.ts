import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter as StockExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrometheusExporter, type PrometheusExporterOptions } from '../../src/exporter/prometheus-exporter';
import { catalogViews, createInstruments, defineCatalog } from '../../src/instruments';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { freePort } from '../servers/processes';

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

/** Resolves with what the constructor's callback is called with. */
function started(options: PrometheusExporterOptions): {
  exporter: PrometheusExporter;
  called: Promise<Error | undefined>;
} {
  let exporter: PrometheusExporter | undefined;
  const called = new Promise<Error | undefined>((resolve) => {
    exporter = new PrometheusExporter(options, resolve);
  });
  return { exporter: exporter as PrometheusExporter, called };
}

describe('PrometheusExporter', () => {
  let provider: MeterProvider | undefined;
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(async () => {
    await provider?.shutdown();
    provider = undefined;
    diagnostics.stop();
  });

  it('escapes the labels of a documented metric that another library records with dotted attributes', async () => {
    const exporter = new PrometheusExporter({ selfMetrics: false, preventServerStart: true, catalogs: [shop] });
    provider = new MeterProvider({ readers: [exporter] });
    provider.getMeter('library').createCounter('stock_orders').add(1, { 'http.route': '/x' });
    const { body } = await exporter.scrape();
    let text = '';
    for await (const piece of body) text += Buffer.from(piece).toString();
    expect(text).toContain('\nstock_orders{http_route="/x"} 1\n');
    // Prometheus 2 refuses a page with a quoted name.
    expect(text).not.toMatch(/[{,]"/);
  });

  /** The page of a stock provider with one metric. */
  async function page(options: PrometheusExporterOptions): Promise<string[]> {
    const exporter = new PrometheusExporter({ selfMetrics: false, preventServerStart: true, ...options });
    const resource = resourceFromAttributes({ 'service.name': 'shop', 'host.name': 'a' });
    provider = new MeterProvider({ resource, readers: [exporter] });
    provider.getMeter('lib').createCounter('jobs').add(1);
    const { body } = await exporter.scrape();
    let text = '';
    for await (const piece of body) text += Buffer.from(piece).toString();
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }

  it('serves the documented metrics of catalogs under a stock MeterProvider, and shuts down with it', async () => {
    const { exporter, called } = started({
      host: '127.0.0.1',
      port: await freePort(),
      selfMetrics: false,
      withoutTargetInfo: true,
      catalogs: [shop],
    });
    provider = new MeterProvider({ views: catalogViews(shop), readers: [exporter] });
    const { orders, wait } = createInstruments(provider.getMeter('shop'), shop);
    orders.add(2, { result: 'paid' });
    wait.record(0.7);
    expect(await called).toBeUndefined();
    const url = `http://127.0.0.1:${exporter.port}/metrics`;
    expect(await (await fetch(url)).text()).toBe(`# HELP stock_orders Orders
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
    await expect(fetch(url)).rejects.toThrow();
    expect(diagnostics.messages()).toEqual([]);
  });

  it('is an instance of the stock class, whose methods start and stop its server', async () => {
    const exporter = new PrometheusExporter({ host: '127.0.0.1', port: await freePort(), preventServerStart: true });
    expect(exporter).toBeInstanceOf(StockExporter);
    provider = new MeterProvider({ readers: [exporter] });
    expect(exporter.port).toBeUndefined();
    await exporter.startServer();
    const url = `http://127.0.0.1:${exporter.port}/metrics`;
    expect((await fetch(url, { headers: { connection: 'close' } })).status).toBe(200);
    await exporter.stopServer();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('rejects startServer() and calls the callback with EADDRINUSE when the port is taken, as the stock class does', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const { exporter, called } = started({ host: '127.0.0.1', port });
    expect(await called).toMatchObject({ code: 'EADDRINUSE' });
    await expect(exporter.startServer()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await new Promise((resolve) => blocker.close(resolve));
  });

  it('calls the callback when the server is not started', async () => {
    expect(await started({ preventServerStart: true }).called).toBeUndefined();
  });

  it('reports a port that is out of range instead of ending the process', async () => {
    expect(await started({ port: 70_000 }).called).toMatchObject({ code: 'ERR_SOCKET_BAD_PORT' });
    expect(diagnostics.messages()).toHaveLength(1);
  });

  it('reports an invalid port in the environment, and uses the default', async () => {
    process.env.OTEL_EXPORTER_PROMETHEUS_PORT = 'banana';
    try {
      const { exporter, called } = started({ host: '127.0.0.1' });
      await called;
      expect([undefined, 9464]).toContain(exporter.port);
      expect(diagnostics.messages()[0]).toContain('OTEL_EXPORTER_PROMETHEUS_PORT "banana"');
      await exporter.shutdown();
    } finally {
      delete process.env.OTEL_EXPORTER_PROMETHEUS_PORT;
    }
  });

  it.each<[string, PrometheusExporterOptions, string[]]>([
    ['defaults', {}, ['jobs_total{otel_scope_name="lib"} 1', 'target_info{service_name="shop",host_name="a"} 1']],
    ['withoutScopeInfo', { withoutScopeInfo: true, withoutTargetInfo: true }, ['jobs_total 1']],
    [
      'withResourceConstantLabels',
      { withResourceConstantLabels: /^service/g, withoutScopeInfo: true, withoutTargetInfo: true },
      ['jobs_total{service_name="shop"} 1'],
    ],
    ['prefix', { prefix: 'app', withoutScopeInfo: true, withoutTargetInfo: true }, ['app_jobs_total 1']],
  ])('takes the options of the stock class: %s', async (_, options, expected) => {
    expect(await page(options)).toEqual(expected);
  });

  it('reports appendTimestamp and serves no timestamps', async () => {
    expect(await page({ appendTimestamp: true, withoutScopeInfo: true, withoutTargetInfo: true })).toEqual([
      'jobs_total 1',
    ]);
    expect(diagnostics.messages()).toHaveLength(1);
  });
});
