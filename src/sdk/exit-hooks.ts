const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** How long a signal that was raised again is left to its default action and to exit hooks of others. */
const RAISED_MILLIS = 1000;

/**
 * Exports what was recorded before the process ends, and changes nothing else about its end:
 *
 * - On a signal that the app does not handle, the signal is raised again after `flush`. A second signal ends the process
 *   at once.
 * - On a signal that the app handles, `flush` runs while the app's handlers do what they do.
 * - When nothing is left to do, also for other `beforeExit` listeners, `flush` runs and the process exits. If it has
 *   started new work meanwhile, metrics go on.
 *
 * `process.exit()`, SIGKILL and an uncaught exception leave no time for it. A process that computes without ever returning
 * to the event loop runs no signal handler at all; `METERBRIDGE_SHUTDOWN_ON_EXIT_DISABLED=true` leaves such a process to the
 * default action of the signal.
 *
 * @param flush must settle within a bounded time and never reject; resolves to whether it was completed
 * @param beforeSignal called after `flush`, immediately before a signal is raised again; must not throw
 * @returns a function that removes the hooks
 */
export function installExitHooks(flush: () => Promise<boolean>, beforeSignal: () => void): () => void {
  const removers = [...SIGNALS.map((signal) => hookSignal(signal, flush, beforeSignal)), hookBeforeExit(flush)];
  return () => {
    for (const remove of removers) remove();
  };
}

function hookSignal(signal: NodeJS.Signals, flush: () => Promise<boolean>, beforeSignal: () => void): () => void {
  let isInstalled = true;
  let isEnding = false;

  const listen = () => {
    // First, so that it has removed itself before others count the listeners.
    if (isInstalled) process.prependListener(signal, onSignal);
  };
  const raise = () => {
    process.off(signal, onSignal);
    beforeSignal();
    process.kill(process.pid, signal);
    isEnding = false;
    // The process is still there if it is the first of its PID namespace, or if an exit hook cancels the end.
    setTimeout(listen, RAISED_MILLIS).unref();
  };
  const onSignal = () => {
    if (isEnding) {
      raise();
      return;
    }
    const others = process.listenerCount(signal) - 1;
    if (others === countSignalExitListeners()) {
      isEnding = true;
      void flush().then(() => {
        if (isEnding) raise();
      });
      return;
    }
    // The app's handlers must find the listeners that they would find without meterbridge.
    process.off(signal, onSignal);
    void flush().then(listen);
  };

  listen();
  return () => {
    isInstalled = false;
    process.off(signal, onSignal);
  };
}

/**
 * Returns how many listeners of a signal belong to the package signal-exit. They raise the signal again if there are no
 * others, so they do not mean that the app handles the signal, and they must not see ours when it is raised again. The
 * package counts them in public places, for other versions of itself: version 3 and version 4.
 */
function countSignalExitListeners(): number {
  const v3 = (process as { __signal_exit_emitter__?: { readonly count?: number } }).__signal_exit_emitter__;
  const v4 = (globalThis as Record<symbol, { readonly count?: number } | undefined>)[Symbol.for('signal-exit emitter')];
  return (v3?.count ?? 0) + (v4?.count ?? 0);
}

function hookBeforeExit(flush: () => Promise<boolean>): () => void {
  let isFlushed = false;
  const onBeforeExit = () => {
    if (isFlushed) {
      // Nothing but the export has run since. If another listener starts work now, the event comes again after it.
      isFlushed = false;
      return;
    }
    const idle = process.getActiveResourcesInfo();
    // After the other listeners: if one of them has started work, the event comes again when that is done.
    setImmediate(() => {
      if (isBusier(idle)) return;
      void flush().then((isCompleted) => {
        isFlushed = true;
        // Nothing is left to do, or nothing but an export that is not answered. Without this the event would come
        // again, and the app's listeners would run once more than without meterbridge.
        if (!isCompleted || !isBusier(idle)) process.exit();
      });
    });
  };
  process.prependListener('beforeExit', onBeforeExit);
  return () => process.off('beforeExit', onBeforeExit);
}

/**
 * Returns whether more keeps the event loop alive than before. Resources are compared with those of an idle process,
 * because standard streams are listed too.
 */
function isBusier(idle: readonly string[]): boolean {
  const rest = [...idle];
  return process.getActiveResourcesInfo().some((resource) => {
    const index = rest.indexOf(resource);
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
}
