import { checkQueries } from '../../promql/check-queries';
import { readQueries } from '../../promql/inputs/read-queries';
import { Metrics } from '../../promql/metrics';
import type { RegistryMetric } from '../../registry/registry';
import type { Finding } from '../finding';

/**
 * Returns what `meterbridge query` finds in files with the new metrics and does not find with the old ones.
 *
 * @param progress is called before each file
 */
export function findBrokenQueries(
  files: readonly string[],
  before: readonly RegistryMetric[],
  after: readonly RegistryMetric[],
  progress: (step: string) => void,
): Finding[] {
  const read = files.map((file) => {
    progress(`reading ${file}`);
    return readQueries(file);
  });
  const queries = read.flatMap((each) => each.queries);
  const context = read.flatMap((each) => each.context);
  progress(`checking ${queries.length} queries`);
  const check = (metrics: readonly RegistryMetric[]) => checkQueries(queries, new Metrics(metrics), {}, context);
  const key = ({ file, line, column, code }: Finding) => `${file}:${line}:${column} ${code}`;
  const known = new Set(check(before).map(key));
  const broken = check(after).filter((finding) => !known.has(key(finding)));
  return [
    ...read.flatMap((each) => each.problems),
    ...broken.map((finding) => ({
      ...finding,
      code: 'broken_query',
      message: `the query breaks: ${finding.message} (${finding.code})`,
    })),
  ];
}
