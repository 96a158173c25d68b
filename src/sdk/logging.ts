import { DiagConsoleLogger, type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { setDebugging, setDiagnosticLogger } from '../diagnostics';
import type { Settings } from './settings';

/** The levels at which what the SDK does is logged: readings, scrapes, and series that begin and end. */
const DEBUG_LEVELS: ReadonlySet<Settings['logLevel']> = new Set(['debug', 'verbose', 'all']);

/**
 * Decides where diagnostics go while an SDK runs:
 *
 * - the `logger` option replaces the `diag` logger of the app;
 * - otherwise the app's `diag` logger is kept and receives them, also if it is set later;
 * - without one warnings and errors go to the console, and in a preload the line that says where metrics are served, to the
 *   standard error stream. If a log level is configured, those of other OpenTelemetry packages do too.
 *
 * `diag` itself is replaced only in the first and the last case, because its `setLogger` logs a stack trace whenever a
 * logger replaces another one, as that of the app would after a preload.
 *
 * @returns a function that restores the previous logger
 */
export function installLogger(settings: Pick<Settings, 'logger' | 'logLevel'>, isPreload = false): () => void {
  const stopDebugging = setDebugging(DEBUG_LEVELS.has(settings.logLevel));
  const restore = chooseLogger(settings, isPreload);
  return () => {
    stopDebugging();
    restore();
  };
}

function chooseLogger({ logger, logLevel }: Pick<Settings, 'logger' | 'logLevel'>, isPreload: boolean): () => void {
  if (logger === false) return () => {};
  const level = DiagLogLevel[(logLevel ?? 'warn').toUpperCase() as keyof typeof DiagLogLevel];
  if (logger !== undefined) return replaceDiagLogger(logger, level);
  if (findDiagLogger() !== undefined) return () => {};
  if (logLevel !== undefined) return replaceDiagLogger(new DiagConsoleLogger(), level);
  return setDiagnosticLogger(consoleUnlessDiag(isPreload));
}

function replaceDiagLogger(logger: DiagLogger, logLevel: DiagLogLevel): () => void {
  const previous = findDiagLogger();
  diag.setLogger(logger, { logLevel, suppressOverrideMessage: true });
  const installed = findDiagLogger();
  return () => {
    // A logger that the app has set since then stays.
    if (findDiagLogger() !== installed) return;
    if (previous === undefined) diag.disable();
    else diag.setLogger(previous, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true });
  };
}

/** Logs to the app's `diag` logger once it has set one, and to the console until then. */
function consoleUnlessDiag(logsInfo: boolean): DiagLogger {
  const consoleLogger = new DiagConsoleLogger();
  const choose = () => findDiagLogger() ?? consoleLogger;
  return {
    error: (message, ...args) => choose().error(message, ...args),
    warn: (message, ...args) => choose().warn(message, ...args),
    info: (message) => {
      // Standard output belongs to the app.
      if (!logsInfo) return;
      const diagLogger = findDiagLogger();
      if (diagLogger === undefined) console.error(message);
      else diagLogger.info(message);
    },
    debug: () => {},
    verbose: () => {},
  };
}

/**
 * Returns the logger that is set with `diag.setLogger`, or `undefined`. The API has no method for this; the global under
 * which all copies of its version 1 share their registrations is its only other contract.
 */
function findDiagLogger(): DiagLogger | undefined {
  const api = (globalThis as Record<symbol, { readonly diag?: DiagLogger } | undefined>)[
    Symbol.for('opentelemetry.js.api.1')
  ];
  return api?.diag;
}
