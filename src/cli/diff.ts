import type { Command } from 'commander';
import { readRegistry } from '../registry/read-registry';
import { addCommand, findingsAction } from './command';
import type { Console } from './console';
import { findBrokenQueries } from './diff/broken-queries';
import { compareRegistries } from './diff/compare-registries';
import type { Finding } from './finding';

const DETAILS = `An error breaks queries or changes their meaning: a metric, label, value or bucket that is removed, another type or unit. A
warning may do so: a label that is added, a label that is opened or closed. New metrics are notes.

With --queries, the files are checked as "meterbridge query" checks them, and what only the new registry breaks is
reported: rule files, promtool tests, Grafana dashboards, Markdown.

Example, on a pull request:
  git worktree add ../base origin/main
  meterbridge diff ../base/semconv/shop semconv/shop --queries semconv/shop/*rules.yaml dashboards/*.json --sarif`;

interface Options {
  readonly queries?: readonly string[];
}

/** Adds the command that compares two versions of a registry. */
export function addDiff(program: Command): void {
  addCommand(program, 'diff <old> <new>', 'report what a change of a registry breaks, in queries too', DETAILS)
    .option('--queries <file...>', 'files with queries that must keep working')
    .action(findingsAction(diff));
}

function diff(console: Console, before: string, after: string, { queries = [] }: Options): Finding[] {
  const [old, current] = [readRegistry(before), readRegistry(after)];
  const findings = compareRegistries(old.metrics, current.metrics);
  findings.push(...findBrokenQueries(queries, old.metrics, current.metrics, (step) => console.progress(step)));
  const breaks = findings.some(({ severity, code }) => severity === 'error' && code !== 'unreadable_file');
  if (breaks && old.version === current.version) {
    findings.push({
      code: 'unchanged_version',
      severity: 'warning',
      message: `the schema URL has the version ${current.version} in both registries, but the change breaks`,
      file: after,
      line: 1,
      column: 1,
      suggestion: 'raise the version at the end of schema_url in manifest.yaml',
    });
  }
  if (findings.length === 0) console.print(`${after} has the same metrics as ${before}`);
  return findings;
}
