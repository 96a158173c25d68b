import { spawnSync } from 'node:child_process';
import { canRun, programPath } from '../servers/processes';

const promtool = programPath('promtool');

/** Whether `promtool` can be run. */
export const hasPromtoolJudge = canRun(promtool, 'promtool', 'install the Debian package prometheus');

/**
 * Reads a page of the Prometheus text format with `promtool check metrics`. Lint findings do not count: documented names
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
