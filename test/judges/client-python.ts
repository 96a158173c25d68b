import { spawnSync } from 'node:child_process';
import { canRun, programPath } from '../servers/processes';

/** Reads a JSON list of pages, and writes a JSON list with the reason of each page that is refused, and null for the others. */
const PARSE = `
import io, json, sys
from prometheus_client.openmetrics.parser import text_fd_to_metric_families

def verdict(page):
    try:
        for family in text_fd_to_metric_families(io.StringIO(page, newline='\\n')):
            pass
    except Exception as error:
        return repr(error)

json.dump([verdict(page) for page in json.load(sys.stdin)], sys.stdout)
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
  return openMetricsVerdicts([page])[0];
}

/** Reads many pages in one process. Returns a verdict for each. */
export function openMetricsVerdicts(pages: readonly string[]): (string | undefined)[] {
  if (python === undefined) throw new Error("Prometheus's Python client is missing");
  const { status, stdout, stderr } = spawnSync(python, ['-c', PARSE], {
    input: JSON.stringify(pages),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`the Python parser failed: ${stderr}`);
  return (JSON.parse(stdout) as (string | null)[]).map((reason) => reason ?? undefined);
}

/** Returns the system's Python if the client is installed for it. */
function findPython(): string | undefined {
  const program = programPath('python3', '/usr/bin');
  if (program === undefined) return undefined;
  const { status } = spawnSync(program, ['-c', 'import prometheus_client.openmetrics.parser']);
  return status === 0 ? program : undefined;
}
