// Workers or threads with a registry of prom-client, the default registry of meterbridge/prom-client and another producer.
const cluster = require('node:cluster');
const { isMainThread, Worker } = require('node:worker_threads');
const foreign = require('prom-client');
const { bridgePromClient, start } = require('meterbridge');
const client = require('meterbridge/prom-client');

const { KIND, ENDING, COUNT = '3', LATE = '0' } = process.env;
const print = (event) => console.log(JSON.stringify(event));
const isChild = !isMainThread || cluster.isWorker;
// As pm2: the primary has no metrics, and the workers elect the one that serves.
if (KIND === 'elected' && !isChild) cluster.setupPrimary({ execArgv: ['--require', 'meterbridge/register'] });

// As in most programs: the primary does nothing but fork.
if (isChild) client.collectDefaultMetrics();
const jobs = new client.Counter({ name: 'jobs', help: 'Jobs', labelNames: ['queue'] });
const wait = new client.Histogram({ name: 'wait_seconds', help: 'Wait', buckets: [1, 10] });
const size = new client.Summary({ name: 'size_bytes', help: 'Size', labelNames: ['kind'], percentiles: [0.5] });
const pooled = new client.Gauge({ name: 'pooled', help: 'Pooled' });
const oldest = new client.Gauge({ name: 'oldest', help: 'Oldest', aggregator: 'max' });
const id = new client.Gauge({ name: 'build', help: 'Build', aggregator: 'omit' });
new client.Gauge({ name: 'pid', help: 'Process', aggregator: 'omit' }).set(process.pid);
const failing = new client.Gauge({
  name: 'failing',
  help: 'Fails while FAILS is set',
  collect() {
    if (fails) throw new Error('no value');
  },
});
let fails = false;
failing.set(1);
const registry = new foreign.Registry();
const mails = new foreign.Counter({ name: 'mails', help: 'Mails', registers: [registry], collect: () => mails.inc(0) });
const reads = new foreign.Gauge({
  name: 'reads',
  help: 'Collections of the registry',
  aggregator: 'omit',
  registers: [registry],
  collect: () => reads.inc(),
});
const sdk = KIND === 'elected' && !isChild ? undefined : start({ metricProducers: [bridgePromClient(registry)] });

async function recordAndExit() {
  // Connected, so that the count can be sent while the process ends.
  await (await sdk).forceFlush();
  jobs.inc({ queue: 'late' });
  for (let i = 0; i < Number(LATE); i++) jobs.inc({ queue: `late ${i} ${'x'.repeat(1000)}` });
  process.exit(0);
}

jobs.inc({ queue: 'mail' }, isChild ? 10 : 1);
wait.observe(5);
size.observe({ kind: 'common' }, isChild ? 2 : 1);
pooled.set(3);
oldest.set(isChild ? 7 : 5);
id.set(isChild ? 2 : 1);
mails.inc(isChild ? 10 : 1);

if (isChild) {
  size.observe({ kind: 'child' }, 2);
  process.on('SIGUSR2', () => {
    jobs.inc({ queue: 'end' });
    process.exit(0);
  });
  if (cluster.isWorker) {
    process.on('message', (message) => {
      fails = message === 'fail';
      process.send('set');
    });
    process.send('ready');
  } else require('node:worker_threads').parentPort.postMessage('ready');
  if (ENDING === 'stay') setInterval(() => {}, 1000);
  else if (ENDING === 'exit') void recordAndExit();
  else if (cluster.isWorker) cluster.worker.disconnect();
} else {
  let ready = 0;
  setInterval(() => {}, 1000);
  let ended = 0;
  const count = Number(COUNT);
  for (let i = 0; i < count; i++) {
    const child = KIND === 'thread' ? new Worker(__filename) : cluster.fork();
    if (KIND !== 'thread') print({ started: child.process.pid });
    child.on('message', (message) => {
      if (message === 'ready' && ++ready === count) print({ port: 1 });
      else if (message === 'set') print({ set: fails });
    });
    child.on('exit', () => {
      if (++ended === count) print({ allEnded: true });
    });
  }
  process.on('SIGUSR2', () => {
    fails = !fails;
    for (const worker of Object.values(cluster.workers)) worker.send(fails ? 'fail' : 'recover');
  });
}
