import { deferredInstruments, defineCatalog } from 'meterbridge';

export const shop = defineCatalog({
  name: 'shop',
  metrics: { orders: { name: 'shop_orders', instrument: 'counter', description: 'Orders' } },
});

export const { orders } = deferredInstruments(shop);
