import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { bucketBounds } from '../../src/catalog/definition';
import { catalogViews, defineCatalog, Facade } from '../../src/instruments';
import { ManualReader } from '../instruments/manual-reader';

const shop = defineCatalog({
  name: 'shop',
  metrics: {
    orders: {
      name: 'view_orders_total',
      instrument: 'counter',
      description: 'Orders',
      labels: { country: 'string' },
      cardinalityLimit: 3,
    },
    wait: { name: 'view_wait_seconds', instrument: 'histogram', description: 'Waiting', buckets: [1, 2] },
  },
});

class Shop extends Facade<typeof shop> {
  constructor() {
    super(shop);
  }
}

describe('catalogViews', () => {
  it('returns the same views for a catalog and for a facade of it', () => {
    expect(catalogViews(new Shop())).toEqual(catalogViews(shop));
    expect(catalogViews(shop, shop)).toHaveLength(4);
  });

  it('sets buckets, labels and the cardinality limit of instruments that a library created without the definition', async () => {
    const reader = new ManualReader();
    const meter = new MeterProvider({ views: catalogViews(shop), readers: [reader] }).getMeter('library');
    const orders = meter.createCounter('view_orders_total');
    for (const country of ['DE', 'FR', 'IT', 'ES']) orders.add(1, { country, user: 'alice' });
    meter.createHistogram('view_wait_seconds').record(1.5);
    const metrics = await reader.metrics();
    expect(metrics.get('view_orders_total')?.dataPoints.map(({ attributes }) => attributes)).toEqual([
      { country: 'DE' },
      { country: 'FR' },
      { 'otel.metric.overflow': true },
    ]);
    expect(metrics.get('view_wait_seconds')?.dataPoints[0]?.value).toMatchObject({
      buckets: { boundaries: bucketBounds(shop.metrics.wait), counts: [0, 1, 0] },
    });
  });
});
