// A pool of children, as threads or as forked processes, that each record and then end or stay.
const { fork } = require('node:child_process');
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads');
const { metrics } = require('@opentelemetry/api');

const isChild = !isMainThread || process.argv[2] === 'child';
const meter = metrics.getMeter('app');
const jobs = meter.createCounter('app_jobs');
const durations = meter.createHistogram('app_durations', { advice: { explicitBucketBoundaries: [1, 10] } });
const sizes = meter.createHistogram('app_sizes');

if (isChild) {
  const ending = isMainThread ? process.argv[3] : workerData;
  for (let i = 0; i < 10; i++) {
    jobs.add(1, { kind: 'work' });
    durations.record(i);
    sizes.record(2 ** i);
  }
  const send = (message) => (isMainThread ? process.send(message) : parentPort.postMessage(message));
  send('recorded');
  // The app's own channel is not used by others.
  const receive = (message) => send({ echo: message });
  if (ending === 'stay') {
    if (isMainThread) process.on('message', receive);
    else parentPort.on('message', receive);
  } else if (ending === 'exit') setTimeout(() => process.exit(0), 200);
  else if (ending === 'exit at once') process.exit(0);
  else if (isMainThread) process.disconnect();
} else {
  const { KIND, ENDING, COUNT = '3' } = process.env;
  const options = process.env.BARE === undefined ? {} : { env: { PATH: process.env.PATH } };
  const seen = [];
  let ended = 0;
  jobs.add(1, { kind: 'main' });
  for (let i = 0; i < Number(COUNT); i++) {
    const child =
      KIND === 'thread'
        ? new Worker(__filename, { workerData: ENDING, ...options })
        : fork(__filename, ['child', ENDING], options);
    child.on('message', (message) => {
      seen.push(message);
      if (message === 'recorded' && ENDING === 'stay') (child.send ?? child.postMessage).call(child, 'hello');
    });
    child.on('exit', () => {
      if (++ended === Number(COUNT)) console.log(JSON.stringify({ allEnded: true, seen }));
    });
  }
  setInterval(() => {
    if (ENDING === 'stay' && seen.length === 2 * Number(COUNT)) {
      console.log(JSON.stringify({ seen: seen.splice(0) }));
    }
  }, 50);
}
