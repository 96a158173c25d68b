/**
 * Starts meterbridge from the environment alone, before the app's own code runs:
 * `node --require meterbridge/register app.js` or `node --import meterbridge/register app.mjs`.
 *
 * A variable that is not accepted is logged and takes its default; the app runs whatever happens here.
 */
import { diag } from '@opentelemetry/api';
import { report } from './diagnostics';
import { resolveSettings } from './sdk/settings';
import { startNow } from './sdk/start';

try {
  const { settings, problems } = resolveSettings({}, process.env);
  startNow({}, settings);
  for (const problem of problems) report('configuration', problem);
} catch (error) {
  diag.error(`meterbridge start: ${error instanceof Error ? error.message : error}; the app runs without metrics`);
}
