import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { canRun, programPath, ROOT } from '../servers/processes';

const promtool = programPath('promtool', join(ROOT, '.cache/promtool/usr/bin'));

const UNPACK = 'run .ci/prometheus-3, which unpacks it from Debian';

/** Whether any `promtool` can be run. */
export const hasPromtoolJudge = canRun(promtool, 'promtool', UNPACK);

/** Whether a `promtool` of version 3 can be run, which reads names in braces and the types of newer clients. */
export const hasPromtool3 = canRun(promtool?.startsWith(ROOT) ? promtool : undefined, 'promtool 3', UNPACK);

/**
 * Reads a page of the Prometheus text format with `promtool check metrics`, which refuses names outside the legacy set. Lint findings do not count: documented names
 * may break promtool's naming advice.
 *
 * @returns the parse error, or `undefined` if the page has none
 */
export function promtoolVerdict(page: string): string | undefined {
  if (promtool === undefined) throw new Error('promtool is missing');
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], { input: page, encoding: 'utf8' });
  if (status === 0 || status === 3) return undefined;
  if (status === 1 && stderr !== '') return stderr.trim();
  throw new Error(`promtool failed: ${stdout}${stderr}`);
}
