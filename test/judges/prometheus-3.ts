import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { canRun, programPath, ROOT } from '../servers/processes';
import { PrometheusServer, type ScrapeTarget } from '../servers/prometheus';

const program = programPath('prometheus', join(ROOT, '.cache/prometheus/usr/bin'));
const unpacked = program?.startsWith(ROOT) ? program : undefined;

/** Whether Prometheus 3 can be run. */
export const hasPrometheus3 = canRun(unpacked, 'prometheus 3', 'run .ci/prometheus-3, which unpacks it from Debian');

/** The user `nobody`. */
const NOBODY = 65534;

/** Starts Prometheus 3 with native histograms and exemplars, without privileges if the user `nobody` can reach it. */
export function startPrometheus3(targets: readonly ScrapeTarget[]): Promise<PrometheusServer> {
  if (unpacked === undefined) throw new Error('prometheus 3 is missing: run .ci/prometheus-3');
  const flags = ['--enable-feature=native-histograms,exemplar-storage'];
  const uid = isReachable(unpacked) ? { uid: NOBODY } : {};
  return PrometheusServer.start(targets, '', flags, '', { program: unpacked, ...uid });
}

/** Whether every user may run a program: it and all folders above it are executable for others. */
function isReachable(path: string): boolean {
  const isExecutable = (statSync(path).mode & 0o001) !== 0;
  return isExecutable && (path === '/' || isReachable(dirname(path)));
}
