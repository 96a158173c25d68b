// Starts a worker thread that records. Both threads run until the parent ends the process.
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

if (isMainThread) {
  new Worker(__filename).once('message', () => {
    console.log('recorded');
    if (process.env.KEEP_RUNNING) setInterval(() => {}, 1000);
  });
} else {
  const { hodei } = require('meterbridge/systems/hodei');
  hodei.recordJobScheduled('worker');
  parentPort.postMessage('recorded');
}
