/** What has to happen before the process is gone. */
export interface ExitHooks {
  /** Sends what was recorded. */
  flush(): Promise<void>;
  /** Sends what was recorded and closes everything. */
  shutdown(): Promise<void>;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const DEADLINE_MILLIS = 5000;

/**
 * Flushes when the process ends.
 *
 * On a signal that the app handles itself, what was recorded so far is sent and the rest is left to the app; on one that
 * nobody else handles, everything is shut down and the signal is raised again, so that the process ends as it would have.
 * When the event loop runs empty everything is shut down. `process.exit()` leaves no time for any of this.
 *
 * @returns a function that takes the hooks away
 */
export function hookExit({ flush, shutdown }: ExitHooks): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    if (process.listenerCount(signal) > 1) {
      void flush();
      return;
    }
    void withinDeadline(shutdown()).then(() => {
      unhook();
      process.kill(process.pid, signal);
    });
  };
  const onEmpty = () => void shutdown();
  const unhook = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('beforeExit', onEmpty);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('beforeExit', onEmpty);
  return unhook;
}

function withinDeadline(work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DEADLINE_MILLIS);
    void work.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
