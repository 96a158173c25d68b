// Records, prints that it is ready, and ends in the way that the variable ENDING selects.
const { hodei } = require('meterbridge/systems/hodei');

hodei.recordJobScheduled('at-start');

const endings = {
  /** Waits for a signal that it does not handle. */
  waits: () => setInterval(() => {}, 1000),
  /** Handles SIGTERM itself and takes two turns of the event loop over it. */
  handles: () => {
    const busy = setInterval(() => {}, 1000);
    process.on('SIGTERM', () => {
      console.log('app: handling');
      setTimeout(() => {
        console.log('app: handled');
        clearInterval(busy);
      }, 50);
    });
  },
  /** Computes and never returns to the event loop. */
  computes: () => {
    process.stdout.write('ready\n', () => {
      for (;;);
    });
  },
  /** Has nothing left to do. */
  ends: () => {
    process.exitCode = 3;
  },
  /** Starts new work when nothing is left to do, twice. */
  chains: () => {
    let rounds = 0;
    process.on('beforeExit', () => {
      if (rounds === 2) return;
      rounds++;
      setTimeout(() => hodei.recordJobScheduled(`round-${rounds}`), 20);
    });
  },
  /** Cleans up by signal-exit, which raises the signal again if it finds no other listeners. */
  'signal-exit': () => {
    const { onExit } = require('signal-exit');
    onExit((_code, signal) => console.log(`onExit ${signal}`));
    setInterval(() => {}, 1000);
  },
  'signal-exit-3': () => {
    require('signal-exit-3')((_code, signal) => console.log(`onExit ${signal}`));
    setInterval(() => {}, 1000);
  },
  /** Version 3 and version 4 in one process. */
  'signal-exit-both': () => {
    endings['signal-exit']();
    endings['signal-exit-3']();
  },
  /** Cancels the first signal, and prints when meterbridge listens for the next one. */
  'signal-exit-cancels': () => {
    const { onExit } = require('signal-exit');
    onExit(() => {
      hodei.recordJobScheduled('after-cancel');
      const watch = setInterval(() => {
        if (process.listenerCount('SIGTERM') === 0) return;
        console.log('hooked again');
        clearInterval(watch);
      }, 20);
      return true;
    });
    setInterval(() => {}, 1000);
  },
};

endings[process.env.ENDING]();
if (process.env.ENDING !== 'computes') console.log('ready');
