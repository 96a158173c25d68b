// An app that uses meterbridge together with the OpenTelemetry packages that are installed next to it. Runs each check in
// turn and prints a JSON object: the result of each check, `ok` or the error.
const assert = require('node:assert/strict');
const { createServer } = require('node:http');
const { context, metrics, trace } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const { OTLPMetricExporter } = require('@opentelemetry/exporter-metrics-otlp-http');
const {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} = require('@opentelemetry/sdk-metrics');
const { TracerProvider } = require('@opentelemetry/sdk-trace');
const { MeterProvider: OwnMeterProvider, start } = require('meterbridge');
const { PrometheusExporter } = require('meterbridge/exporter-prometheus');
const { catalogViews, createInstruments, defineCatalog } = require('meterbridge/instruments');

const shop = defineCatalog({
  name: 'shop',
  metrics: {
    orders: { name: 'shop_orders', instrument: 'counter', description: 'Orders', labels: { country: 'string' } },
    wait: { name: 'shop_wait_seconds', instrument: 'histogram', description: 'Wait', buckets: [1, 5] },
  },
});

function record(provider) {
  const { orders, wait } = createInstruments(provider.getMeter('shop'), shop);
  orders.add(2, { country: 'fr' });
  orders.bind({ country: 'fr' }).add(1);
  wait.record(3);
}

/** Returns the page of an exporter. */
async function scrape(exporter, accept = 'text/plain') {
  const server = createServer((request, response) => exporter.getMetricsRequestHandler(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const response = await fetch(`http://127.0.0.1:${server.address().port}/metrics`, { headers: { accept } });
  const body = await response.text();
  server.close();
  return body;
}

function assertShop(body) {
  assert.match(body, /^shop_orders\{country="fr"\} 3$/m);
  assert.match(body, /^shop_wait_seconds_bucket\{le="1"\} 0$/m);
  assert.match(body, /^shop_wait_seconds_bucket\{le="5"\} 1$/m);
}

async function collectWith(temporality) {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
  const provider = new OwnMeterProvider({ readers: [reader] });
  record(provider);
  await provider.forceFlush();
  const collected = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  await provider.shutdown();
  const orders = collected.find(({ descriptor }) => descriptor.name === 'shop_orders');
  assert.equal(orders.aggregationTemporality, temporality);
  assert.deepEqual(
    orders.dataPoints.map(({ attributes, value }) => [attributes, value]),
    [[{ country: 'fr' }, 3]],
  );
  const wait = collected.find(({ descriptor }) => descriptor.name === 'shop_wait_seconds');
  assert.deepEqual(wait.dataPoints[0].value.buckets, { boundaries: [1, 5], counts: [0, 1, 0] });
}

const checks = {
  'our exporter in its MeterProvider': async () => {
    const exporter = new PrometheusExporter({ catalogs: [shop], preventServerStart: true });
    const provider = new MeterProvider({ readers: [exporter], views: catalogViews(shop) });
    record(provider);
    assertShop(await scrape(exporter));
    await provider.shutdown();
  },
  'our exporter in our MeterProvider': async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const provider = new OwnMeterProvider({ readers: [exporter] });
    record(provider);
    assertShop(await scrape(exporter));
    await provider.shutdown();
  },
  'its reader in our MeterProvider, cumulative': () => collectWith(AggregationTemporality.CUMULATIVE),
  'its reader in our MeterProvider, delta': () => collectWith(AggregationTemporality.DELTA),
  'its views in our MeterProvider': async () => {
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const provider = new OwnMeterProvider({
      readers: [exporter],
      views: [
        {
          instrumentName: 'latency',
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [10] } },
        },
      ],
    });
    provider.getMeter('app').createHistogram('latency').record(3);
    assert.match(await scrape(exporter), /^latency_bucket\{.*le="10"\} 1$/m);
    await provider.shutdown();
  },
  'its OTLP exporter in our MeterProvider': async () => {
    let bytes = 0;
    const backend = createServer((request, response) => {
      request.on('data', (chunk) => {
        bytes += chunk.length;
      });
      request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
    });
    await new Promise((resolve) => backend.listen(0, '127.0.0.1', resolve));
    const exporter = new OTLPMetricExporter({ url: `http://127.0.0.1:${backend.address().port}/v1/metrics` });
    const provider = new OwnMeterProvider({
      readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })],
    });
    record(provider);
    await provider.forceFlush();
    await provider.shutdown();
    backend.close();
    assert.ok(bytes > 100, `the backend received ${bytes} bytes`);
  },
  'its tracing in the exemplars of our MeterProvider': async () => {
    const tracing = new TracerProvider();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const exporter = new PrometheusExporter({ preventServerStart: true });
    const provider = new OwnMeterProvider({ readers: [exporter] });
    const span = tracing.getTracer('app').startSpan('order');
    context.with(trace.setSpan(context.active(), span), () => record(provider));
    span.end();
    const body = await scrape(exporter, 'application/openmetrics-text; version=1.0.0');
    assert.ok(body.includes(`trace_id="${span.spanContext().traceId}"`), body);
    await provider.shutdown();
    await tracing.shutdown();
  },
  'its API with start()': async () => {
    const sdk = await start({ catalogs: [shop], exporters: ['none'] });
    record(metrics.getMeterProvider());
    assertShop((await sdk.scrape()).body);
    await sdk.shutdown();
  },
};

async function main() {
  const results = {};
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      results[name] = 'ok';
    } catch (error) {
      results[name] = String(error.message).split('\n')[0];
    }
  }
  console.log(JSON.stringify(results));
}

void main();
