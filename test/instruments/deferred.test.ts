import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deferredInstruments } from '../../src/instruments';
import { serve } from '../served';
import { ManualReader } from './manual-reader';
import { shop } from './shop';

afterEach(() => metrics.disable());

describe('deferred instruments', () => {
  it('deferred instruments do nothing without an SDK, and record from the moment one is registered', async () => {
    const { visitors, orders } = deferredInstruments(shop);
    const bound = orders.bind({ result: 'paid', country: 'DE' });
    visitors.inc();
    bound.inc();
    expect([visitors.get(), bound.get()]).toEqual([0, 0]);

    const { provider, lines, page } = serve();
    metrics.setGlobalMeterProvider(provider);
    visitors.inc();
    bound.inc();
    expect([visitors.get(), bound.get()]).toEqual([1, 1]);
    expect(await page()).toContain('\nshop_visitors 1\n');
    expect(await lines('shop_orders_total{')).toEqual(['shop_orders_total{result="paid",country="DE"} 1']);
  });

  it('create the initial series of the whole catalog at the first use of any instrument', async () => {
    const { visitors } = deferredInstruments(shop);
    const { provider, lines } = serve();
    metrics.setGlobalMeterProvider(provider);
    visitors.get();
    expect(await lines('shop_payments_total{')).toEqual([
      'shop_payments_total{method="card"} 0',
      'shop_payments_total{method="cash"} 0',
    ]);
    expect(await lines('shop_wait_seconds_count')).toEqual(['shop_wait_seconds_count 0']);
  });

  it('record nothing into an SDK that was shut down, also while it stays registered', async () => {
    const { visitors, payments, wait } = deferredInstruments(shop);
    const { provider } = serve();
    metrics.setGlobalMeterProvider(provider);
    const bound = payments.byValue('card');
    visitors.inc();
    bound.inc();
    await provider.shutdown();
    visitors.inc();
    bound.inc();
    wait.startTimer().stop();
    expect([visitors.get(), bound.get(), payments.get({ method: 'card' })]).toEqual([0, 0, 0]);
  });

  it('record into the next SDK, with handles that were bound before it', async () => {
    const { visitors, payments } = deferredInstruments(shop);
    const bound = payments.bind({ method: 'card' });
    const first = serve();
    metrics.setGlobalMeterProvider(first.provider);
    bound.inc();
    await first.provider.shutdown();
    metrics.disable();

    const second = serve();
    metrics.setGlobalMeterProvider(second.provider);
    bound.add(5);
    payments.byValue('card').inc();
    visitors.inc();
    expect(await second.lines('shop_payments_total{method="card"}')).toEqual(['shop_payments_total{method="card"} 6']);
    expect(bound.get()).toBe(6);
  });

  it('follow the registration of stock SDKs, which have no lifecycle', async () => {
    const { visitors, payments } = deferredInstruments(shop);
    const bound = payments.bind({ method: 'card' });
    const readers = [new ManualReader(), new ManualReader()];
    for (const [i, reader] of readers.entries()) {
      metrics.disable();
      metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
      visitors.add(i + 1);
      bound.add(i + 1);
    }
    metrics.disable();
    visitors.add(100);
    bound.add(100);
    for (const [i, reader] of readers.entries()) {
      const collected = await reader.metrics();
      expect(collected.get('shop_visitors')?.dataPoints[0]?.value).toBe(i + 1);
      const card = collected
        .get('shop_payments_total')
        ?.dataPoints.find(({ attributes }) => attributes.method === 'card');
      expect(card?.value).toBe(i + 1);
    }
  });

  it('deferred instruments pass name, version and schema URL of the catalog to the SDK', async () => {
    const reader = new ManualReader();
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    deferredInstruments({ ...shop, schemaUrl: 'https://shop.example/1' }).visitors.inc();
    const { resourceMetrics } = await reader.collect();
    expect(resourceMetrics.scopeMetrics[0]?.scope).toEqual({
      name: 'shop',
      version: '2.0.0',
      schemaUrl: 'https://shop.example/1',
    });
  });
});

describe('a second copy of the package', () => {
  it('records into the SDK that the first copy registered, and into the one that follows', async () => {
    const { deferredInstruments: deferredInOtherCopy } = await importOtherCopy();
    const { visitors } = deferredInOtherCopy(shop);
    const bound = visitors.bind();
    for (let round = 0; round < 2; round++) {
      const { provider, page } = serve();
      metrics.setGlobalMeterProvider(provider);
      visitors.inc();
      bound.inc();
      expect(await page()).toContain('\nshop_visitors 2\n');
      await provider.shutdown();
      metrics.disable();
    }
  });
});

/** Evaluates the modules of the package once more. */
async function importOtherCopy(): Promise<typeof import('../../src/instruments')> {
  vi.resetModules();
  const copy = await import('../../src/instruments/index.js');
  expect(copy.deferredInstruments).not.toBe(deferredInstruments);
  return copy;
}
