import { metrics } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { Facade, type MeterLike } from '../../src/instruments';
import { serve } from '../served';
import { shop } from './shop';

class Shop extends Facade<typeof shop> {
  constructor(meter?: MeterLike) {
    super(shop, meter);
  }

  recordPayment(method: 'card' | 'cash'): void {
    this.instruments.payments.byValue(method).inc();
  }
}

afterEach(() => metrics.disable());

describe('a facade', () => {
  it('records on the meter that it was given', async () => {
    const { meter, lines } = serve();
    new Shop(meter).recordPayment('card');
    expect(await lines('shop_payments_total{method="card"}')).toEqual(['shop_payments_total{method="card"} 1']);
  });

  it('records on the registered SDK by default, even if it was created earlier', async () => {
    const facade = new Shop();
    facade.recordPayment('card');
    const { provider, lines } = serve();
    metrics.setGlobalMeterProvider(provider);
    facade.recordPayment('cash');
    expect(await lines('shop_payments_total{')).toEqual([
      'shop_payments_total{method="card"} 0',
      'shop_payments_total{method="cash"} 1',
    ]);
  });

  it('a facade has its catalog, by which an SDK or a view finds its metrics', () => {
    expect(new Shop().catalog).toBe(shop);
  });
});
