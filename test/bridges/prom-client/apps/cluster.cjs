// Prints the metrics of two workers that the primary combines.
const cluster = require('node:cluster');
const { AggregatorRegistry, Counter, Gauge } = require('meterbridge/prom-client');

if (cluster.isPrimary) {
  const registry = new AggregatorRegistry();
  let ready = 0;
  cluster.on('message', async (_, message) => {
    if (message !== 'ready' || ++ready < 2) return;
    process.stdout.write(await registry.clusterMetrics());
    for (const worker of Object.values(cluster.workers)) worker.disconnect();
  });
  for (const amount of ['2', '3']) cluster.fork({ AMOUNT: amount });
} else {
  new AggregatorRegistry();
  const amount = Number(process.env.AMOUNT);
  new Counter({ name: 'jobs_total', help: 'Jobs' }).inc(amount);
  new Gauge({ name: 'lag_seconds', help: 'Lag', aggregator: 'max' }).set(amount);
  process.send('ready');
}
