/**
 * Starts meterbridge from the environment alone, before the app's own code runs:
 * `node --require meterbridge/register app.js` or `node --import meterbridge/register app.mjs`.
 *
 * An invalid variable is reported and counts as not set; the app runs whatever happens here. A thread, a cluster worker and
 * a child process send their metrics to the process that serves them. In `npm` and other launchers, which inherit
 * `NODE_OPTIONS` too, nothing starts.
 */
import { isMainThread } from 'node:worker_threads';
import { isLauncher } from './processes/role';

// Loaded here, so that a launcher loads nothing else.
if (!isMainThread || !isLauncher(process.argv[1])) {
  try {
    const { startFromEnvironment } = require('./sdk/start') as typeof import('./sdk/start');
    startFromEnvironment();
  } catch (error) {
    const { DiagConsoleLogger } = require('@opentelemetry/api') as typeof import('@opentelemetry/api');
    const { report, setDiagnosticLogger } = require('./diagnostics') as typeof import('./diagnostics');
    setDiagnosticLogger(new DiagConsoleLogger());
    report('start', `${error instanceof Error ? error.message : error}; the app runs without metrics`);
  }
}
