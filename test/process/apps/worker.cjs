// Starts a worker thread that records, and prints the modules that the thread has loaded.
const { isMainThread, parentPort, Worker } = require('node:worker_threads');

if (isMainThread) {
  new Worker(__filename).once('message', (loaded) => console.log(JSON.stringify(loaded)));
} else {
  const loaded = Object.keys(require.cache);
  const { hodei } = require('meterbridge/systems/hodei');
  hodei.recordJobScheduled('worker');
  parentPort.postMessage(loaded);
}
