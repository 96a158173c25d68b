import { deferredInstruments, defineCatalog } from 'meterbridge/instruments';

/** The catalog of an app under test. */
export const catalog = defineCatalog({
  name: 'tested',
  metrics: {
    orders: {
      name: 'tested_orders_total',
      instrument: 'counter',
      description: 'Orders',
      labels: { result: ['paid', 'refused'] },
    },
    baskets: { name: 'tested_baskets', instrument: 'gauge', description: 'Baskets', labels: { country: 'string' } },
    packing: { name: 'tested_packing_seconds', instrument: 'histogram', description: 'Packing', buckets: [1, 2] },
    stock: { name: 'tested_stock', instrument: 'gauge', description: 'Items', collect: () => 7 },
  },
});

/** The instruments that the modules of the app record with. */
export const instruments = deferredInstruments(catalog);
