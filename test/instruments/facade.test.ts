import { metrics } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { defineCatalog, Facade, type MeterLike } from '../../src/instruments';
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

const stock = defineCatalog({
  name: 'stock',
  metrics: {
    items: { name: 'stock_items', instrument: 'gauge', description: 'Items in stock', collect: () => 7 },
    sales: { name: 'stock_sales_total', instrument: 'counter', description: 'Sales' },
  },
});

class Stock extends Facade<typeof stock> {
  constructor(meter: MeterLike) {
    super(stock, meter);
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

  it('ends the series of its metrics and creates the initial ones again when it is reset', async () => {
    const { meter, lines } = serve();
    const facade = new Shop(meter);
    facade.recordPayment('card');
    facade.reset();
    expect(await lines('shop_payments_total{')).toEqual([
      'shop_payments_total{method="card"} 0',
      'shop_payments_total{method="cash"} 0',
    ]);
  });

  it('resets a facade with an asynchronous metric, which keeps its observed value', async () => {
    const { meter, lines } = serve();
    const facade = new Stock(meter);
    facade.instruments.sales.add(3);
    facade.reset();
    const samples = (await lines('stock_')).filter((line) => !line.startsWith('#'));
    expect(samples).toEqual(['stock_items 7', 'stock_sales_total 0']);
  });

  it('has its catalog, by which an SDK or a view finds its metrics', () => {
    expect(new Shop().catalog).toBe(shop);
  });
});
