/**
 * Starts meterbridge from the environment alone, before the app's own code runs:
 * `node --require meterbridge/register app.js` or `node --import meterbridge/register app.mjs`.
 *
 * An invalid variable is reported and counts as not set; the app runs whatever happens here. In a worker thread nothing
 * listens, and nothing starts unless metrics are pushed, because one process has one endpoint.
 */
import { isMainThread } from 'node:worker_threads';

const isPushing = /\b(otlp|console)\b/i.test(
  process.env.METERBRIDGE_METRICS_EXPORTER || process.env.OTEL_METRICS_EXPORTER || '',
);

// Loaded here, so that a worker thread loads nothing else.
if (isMainThread || isPushing) {
  try {
    const { startFromEnvironment } = require('./sdk/start') as typeof import('./sdk/start');
    startFromEnvironment(isMainThread ? {} : { prometheus: { server: false } });
  } catch (error) {
    const { DiagConsoleLogger } = require('@opentelemetry/api') as typeof import('@opentelemetry/api');
    const { report, setDiagnosticLogger } = require('./diagnostics') as typeof import('./diagnostics');
    setDiagnosticLogger(new DiagConsoleLogger());
    report('start', `${error instanceof Error ? error.message : error}; the app runs without metrics`);
  }
}
