// A cluster whose workers count the requests that they answer. Workers that end are replaced if RESPAWN is set.
const cluster = require('node:cluster');
const { existsSync } = require('node:fs');
const { createServer } = require('node:http');
const { metrics } = require('@opentelemetry/api');

const print = (event) => console.log(JSON.stringify(event));

if (cluster.isPrimary) {
  cluster.on('online', (worker) => print({ started: worker.process.pid }));
  cluster.on('exit', (worker, code, signal) => {
    print({ ended: worker.process.pid, code, signal });
    if (process.env.RESPAWN && !stopping) cluster.fork();
  });
  let listening = 0;
  let stopping = false;
  const count = Number(process.env.WORKERS ?? 4);
  cluster.on('listening', (worker, { port }) => {
    listening++;
    print({ listening: worker.process.pid, count: listening, ...(listening === count ? { port } : {}) });
  });
  for (let i = 0; i < count; i++) cluster.fork();
  process.on('SIGTERM', () => {
    stopping = true;
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGTERM');
  });
} else {
  const meter = metrics.getMeter('app');
  const requests = meter.createCounter('app_requests');
  const sizes = meter.createHistogram('app_sizes', { advice: { explicitBucketBoundaries: [1, 10, 100] } });
  const connections = meter.createUpDownCounter('app_connections');
  const temperature = meter.createGauge('app_temperature');
  connections.add(1);
  temperature.record(process.pid);
  meter.createObservableCounter('app_observed').addCallback((result) => result.observe(2));
  const sdk = process.env.MOUNT === undefined ? undefined : require('meterbridge').start();
  const server = createServer(async (request, response) => {
    if (request.url.startsWith('/metrics')) return (await sdk).handler(request, response);
    if (request.url === '/hang') {
      response.end('hangs');
      // Until the test has seen what it waits for.
      setImmediate(() => {
        const pause = new Int32Array(new SharedArrayBuffer(4));
        while (existsSync(process.env.HANGS_WHILE)) Atomics.wait(pause, 0, 0, 20);
      });
      return undefined;
    }
    requests.add(1, { path: request.url });
    sizes.record(5);
    response.setHeader('connection', 'close');
    return response.end(String(process.pid));
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
  // A clean end: requests in progress are answered.
  if (process.env.HANDLES !== '') process.on('SIGTERM', () => server.close(() => process.exit(0)));
}
