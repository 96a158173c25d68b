import { spawnSync } from 'node:child_process';
import { canRun, programPath } from '../servers/processes';

const PARSE = `
import io, sys
from prometheus_client.openmetrics.parser import text_fd_to_metric_families
page = io.TextIOWrapper(sys.stdin.buffer, encoding='utf-8', newline='\\n').read()
try:
    for family in text_fd_to_metric_families(io.StringIO(page, newline='\\n')):
        pass
except ValueError as error:
    print(str(error) or repr(error))
    sys.exit(1)
`;

const python = findPython();

/** Whether the strict OpenMetrics parser of Prometheus's Python client can be run. */
export const hasOpenMetricsJudge = canRun(
  python,
  "Prometheus's Python client",
  'install the Debian package python3-prometheus-client',
);

/**
 * Reads an OpenMetrics page with the strict parser of Prometheus's Python client.
 *
 * @returns the reason for which the parser refuses the page, or `undefined` if it accepts it
 */
export function openMetricsVerdict(page: string): string | undefined {
  if (python === undefined) throw new Error("Prometheus's Python client is missing");
  const { status, stdout, stderr } = spawnSync(python, ['-c', PARSE], { input: page, encoding: 'utf8' });
  if (status === 0) return undefined;
  if (status === 1 && stdout !== '') return stdout.trim();
  throw new Error(`the Python parser failed: ${stderr}`);
}

/** Returns the system's Python if the client is installed for it. */
function findPython(): string | undefined {
  const program = programPath('python3', '/usr/bin');
  if (program === undefined) return undefined;
  const { status } = spawnSync(program, ['-c', 'import prometheus_client.openmetrics.parser']);
  return status === 0 ? program : undefined;
}
