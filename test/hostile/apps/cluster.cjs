// Two workers that record and serve at one port, both preloaded as the primary process is not.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  cluster.setupPrimary({ execArgv: ['--require', 'meterbridge/register'] });
  for (let id = 1; id <= 2; id++) cluster.fork({ WORKER: String(id) });
} else {
  const { hodei } = require('meterbridge/systems/hodei');
  hodei.recordJobScheduled(`worker-${process.env.WORKER}`);
  setInterval(() => {}, 1000);
}
