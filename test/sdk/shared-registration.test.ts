import { type BatchObservableCallback, type Meter, metrics } from '@opentelemetry/api';
import { type DataPoint, MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { deferredInstruments, defineCatalog, parseExposition, type Sdk, start } from 'meterbridge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrivateLogger } from '../diagnostics';

const shop = defineCatalog({
  name: 'shared-shop',
  metrics: { orders: { name: 'shared_orders', instrument: 'counter', description: 'Orders' } },
});
const { orders } = deferredInstruments(shop);

class ManualReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

/** The provider of another SDK, registered before the test, with its reader. */
let other: MeterProvider;
let reader: ManualReader;
let sdk: Sdk | undefined;
beforeEach(() => {
  reader = new ManualReader();
  other = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(other);
});
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  await other.shutdown();
  metrics.disable();
});

async function startQuietly(): Promise<Sdk> {
  const logger = new PrivateLogger();
  sdk = await start({ logger, catalogs: [shop], http: false, prometheus: { server: false } });
  return sdk;
}

/** Returns the value of each metric that the other SDK has, by name. */
async function readOther(): Promise<Record<string, unknown>> {
  const { resourceMetrics } = (await reader.collect()) as { resourceMetrics: ResourceMetrics };
  const found = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  return Object.fromEntries(
    found.map(({ descriptor, dataPoints }) => {
      const { value } = dataPoints[0] as DataPoint<number | { sum?: number }>;
      return [descriptor.name, typeof value === 'number' ? value : value.sum];
    }),
  );
}

/** Returns the value of each metric of the names that our page has. */
async function readPage(...names: string[]): Promise<Record<string, number | undefined>> {
  const { body } = await (sdk as Sdk).scrape();
  const samples = [...parseExposition(body).values()].flatMap((family) => family.samples);
  return Object.fromEntries(names.map((name) => [name, samples.find((sample) => sample.name === name)?.value]));
}

describe('start() in an app whose other SDK has registered a MeterProvider', () => {
  it('records documented metrics on meterbridge alone, also through instruments that were used before', async () => {
    orders.inc();
    await startQuietly();
    orders.inc();
    orders.inc();
    expect(await readPage('shared_orders')).toEqual({ shared_orders: 2 });
    expect(await readOther()).toEqual({ shared_orders: 1 });
  });

  it('records every kind of instrument that is created afterwards on both SDKs', async () => {
    await startQuietly();
    const meter = metrics.getMeter('library');
    meter.createCounter('c').add(1);
    meter.createUpDownCounter('u').add(-2);
    meter.createGauge('g').record(3);
    meter.createHistogram('h').record(4);
    meter.createObservableCounter('oc').addCallback((result) => result.observe(5));
    meter.createObservableUpDownCounter('ou').addCallback((result) => result.observe(6));
    meter.createObservableGauge('og').addCallback((result) => result.observe(7));
    expect(await readOther()).toEqual({ c: 1, u: -2, g: 3, h: 4, oc: 5, ou: 6, og: 7 });
    expect(await readPage('c_total', 'u', 'g', 'h_sum', 'oc_total', 'ou', 'og')).toEqual({
      c_total: 1,
      u: -2,
      g: 3,
      h_sum: 4,
      oc_total: 5,
      ou: 6,
      og: 7,
    });
  });

  it('calls a callback of several instruments for both SDKs until it is removed', async () => {
    await startQuietly();
    const meter: Meter = metrics.getMeter('library');
    const [first, second] = [meter.createObservableGauge('first'), meter.createObservableGauge('second')];
    let value = 1;
    const observe: BatchObservableCallback = (result) => {
      result.observe(first, value);
      result.observe(second, -value);
    };
    meter.addBatchObservableCallback(observe, [first, second]);
    expect(await readOther()).toEqual({ first: 1, second: -1 });
    expect(await readPage('first', 'second')).toEqual({ first: 1, second: -1 });
    meter.removeBatchObservableCallback(observe, [second, first]);
    value = 2;
    expect((await readOther()).first).not.toBe(2);
    expect(await readPage('first', 'second')).toEqual({ first: undefined, second: undefined });
  });

  it('reports once that instruments of the other SDK that exist already are not served', async () => {
    const logger = new PrivateLogger();
    sdk = await start({ logger, http: false, prometheus: { server: false } });
    expect(logger.logged.filter((message) => message.includes('shared-registration'))).toHaveLength(1);
    expect(logger.logged.join('\n')).not.toMatch(/\n\s+at /);
  });

  it('registers the provider of the other SDK again when it is shut down', async () => {
    await startQuietly();
    await sdk?.shutdown();
    expect(metrics.getMeterProvider()).toBe(other);
    orders.inc();
    expect(await readOther()).toEqual({ shared_orders: 1 });
  });

  it('leaves a provider that was registered afterwards in place when it is shut down', async () => {
    await startQuietly();
    metrics.disable();
    const later = new MeterProvider();
    metrics.setGlobalMeterProvider(later);
    await sdk?.shutdown();
    expect(metrics.getMeterProvider()).toBe(later);
  });
});
