// Records, then waits for a signal. With HANDLER=app it handles SIGTERM itself and takes a while over it.
const { hodei } = require('meterbridge/systems/hodei');

hodei.recordJobScheduled('tenant-1');
if (process.env.HANDLER === 'app') {
  process.on('SIGTERM', () => {
    console.log('app: draining');
    hodei.recordJobScheduled('tenant-2');
    setTimeout(() => {
      console.log('app: drained');
      clearInterval(busy);
    }, 300);
  });
}
const busy = setInterval(() => {}, 1000);
console.log('ready');
