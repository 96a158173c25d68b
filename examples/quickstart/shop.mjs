import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { deferredInstruments, defineCatalog } from 'meterbridge';

const carts = new Set();
export const shop = defineCatalog({
  name: 'shop',
  metrics: {
    orders: {
      name: 'shop_orders_total',
      instrument: 'counter',
      description: 'Orders',
      labels: { result: ['paid', 'refused'] },
    },
    packing: { name: 'shop_packing_seconds', instrument: 'histogram', description: 'Packing', buckets: [0.01, 0.1, 1] },
    carts: { name: 'shop_open_carts', instrument: 'gauge', description: 'Open carts', collect: () => carts.size },
  },
});
const { orders, packing } = deferredInstruments(shop);

createServer(async (request, response) => {
  carts.add(response);
  orders.inc({ result: request.url === '/refuse' ? 'refused' : 'paid' }); // { result: 'payed' } does not compile
  await packing.time(() => setTimeout(50 * Math.random())); // records the seconds, also if the work fails
  carts.delete(response);
  response.end('Thank you\n');
}).listen(process.env.PORT ?? 8000);
