// A program that measures with prom-client and keeps running.
const { createServer } = require('node:http');
const { Counter, Gauge, Histogram, Summary } = require('prom-client');

const loaves = new Counter({ name: 'bakery_loaves_total', help: 'Loaves: sold', labelNames: ['kind', 'customer_id'] });
loaves.inc({ kind: 'rye', customer_id: '17' });
loaves.inc({ kind: 'spelt', customer_id: '4' });
new Histogram({ name: 'bakery_wait_seconds', help: 'Wait', labelNames: ['counter'], buckets: [1, 60] });
new Gauge({ name: 'bakery_flour_bytes', help: 'Flour' }).set(3);
const ovens = new Gauge({ name: 'bakery_ovens', help: 'Ovens', labelNames: ['state', 'kind'] });
ovens.set({ state: 'hot', kind: 'stone' }, 1);
ovens.set({ state: 'cold', kind: 'gas' }, 2);
new Summary({ name: 'bakery_size', help: 'Size' }).observe(3);
console.log('the bakery is open');
createServer().listen(0, '127.0.0.1');
