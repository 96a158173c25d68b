import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';

const carts = new Set();
const meter = metrics.getMeter('shop');
const orders = meter.createCounter('shop_orders_total');
const packing = meter.createHistogram('shop_packing_seconds');
meter.createObservableGauge('shop_open_carts').addCallback((result) => result.observe(carts.size));

createServer(async (request, response) => {
  carts.add(response);
  orders.add(1, { result: request.url === '/refuse' ? 'refused' : 'paid' });
  const start = performance.now();
  await setTimeout(50 * Math.random());
  packing.record((performance.now() - start) / 1000);
  carts.delete(response);
  response.end('Thank you\n');
}).listen(process.env.PORT ?? 8000);
