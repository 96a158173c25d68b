import { defineCatalog } from '../../src/instruments';

/** A catalog with every kind of instrument and of label. */
export const shop = defineCatalog({
  name: 'shop',
  version: '2.0.0',
  metrics: {
    orders: {
      name: 'shop_orders_total',
      instrument: 'counter',
      description: 'Orders',
      labels: { result: ['paid', 'refused'], country: 'string' },
    },
    payments: {
      name: 'shop_payments_total',
      instrument: 'counter',
      description: 'Payments',
      labels: { method: ['card', 'cash'] },
    },
    visitors: { name: 'shop_visitors', instrument: 'updowncounter', description: 'Visitors' },
    stock: { name: 'shop_stock', instrument: 'gauge', description: 'Items', labels: { shelf: 'string' } },
    temperature: { name: 'shop_temperature_celsius', instrument: 'gauge', description: 'Temperature' },
    wait: { name: 'shop_wait_seconds', instrument: 'histogram', description: 'Waiting', buckets: [1] },
    duration: {
      name: 'shop_duration_seconds',
      instrument: 'histogram',
      description: 'Duration',
      labels: { operation: 'string', result: ['success', 'error'] },
      buckets: [1],
    },
  },
});
