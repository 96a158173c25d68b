// Says that it is ready and ends in the way that ENDING names. Prints what it notices of its end. An ending with signals
// is sent them by the test, each after the app has printed as many lines as come before it.
const { hodei } = require('meterbridge/systems/hodei');
const { metrics } = require('@opentelemetry/api');

const say = (text) => console.log(text);
let recorded = 0;
const stayAlive = () =>
  setInterval(() => {
    hodei.recordJobScheduled('working');
    recorded++;
  }, 20);

const endings = {
  'an exception': () =>
    setTimeout(() => {
      throw new Error('of the app');
    }),
  'a rejection': () => setTimeout(() => Promise.reject(new Error('of the app'))),
  'process.exit': () => setTimeout(() => process.exit(5)),
  'an exit code': () => {
    process.exitCode = 3;
  },
  'exit listeners': () => {
    process.on('exit', (code) => say(`exit ${code}`));
    setTimeout(() => {}, 20);
  },
  'a beforeExit listener that exits': () => process.on('beforeExit', (code) => process.exit(code + 4)),
  'a beforeExit listener that throws': () =>
    process.once('beforeExit', () => {
      throw new Error('of the app');
    }),
  'beforeExit listeners that start work three times': () => {
    let rounds = 0;
    process.on('beforeExit', () => {
      if (rounds++ === 3) return;
      say(`round ${rounds}`);
      setTimeout(() => {}, 20);
    });
  },
  'a caught exception': () => {
    process.on('uncaughtException', (error) => say(`caught ${error.message}`));
    setTimeout(() => {
      throw new Error('of the app');
    });
  },
  'no handler': stayAlive,
  'a handler that exits': () => {
    stayAlive();
    process.on('SIGTERM', (signal) => {
      say(`handled ${signal}`);
      process.exit(7);
    });
  },
  'a handler that exits later': () => {
    stayAlive();
    process.on('SIGTERM', () => {
      say('closing');
      setTimeout(() => process.exit(7), 100);
    });
  },
  'a handler that runs once and raises the signal': () => {
    stayAlive();
    process.once('SIGTERM', (signal) => {
      say('raising');
      process.kill(process.pid, signal);
    });
  },
  'a handler that ignores the first signal': () => {
    stayAlive();
    let count = 0;
    process.on('SIGTERM', () => {
      say(`signal ${++count}`);
      if (count === 2) process.exit(8);
    });
  },
  'a handler that throws': () => {
    stayAlive();
    process.on('SIGTERM', () => {
      throw new Error('of the handler');
    });
  },
  'a handler that was removed': () => {
    stayAlive();
    const handle = () => say('never');
    process.on('SIGTERM', handle);
    process.off('SIGTERM', handle);
  },
  'all handlers removed': () => {
    stayAlive();
    process.removeAllListeners('SIGTERM');
    process.removeAllListeners('beforeExit');
  },
  'a signal that it sends itself': () => {
    stayAlive();
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), 20);
  },
  /** Its metrics come from callbacks, one of which never answers. */
  'a callback that hangs': () => {
    const gauge = metrics.getMeter('app').createObservableGauge('hanging');
    gauge.addCallback(() => new Promise(() => {}));
  },
  'work until SIGUSR2': () => {
    const work = stayAlive();
    process.once('SIGUSR2', () => {
      clearInterval(work);
      say(`recorded ${recorded}`);
    });
  },
};

endings[process.env.ENDING]();
say('ready');
