import { matchesGlob } from '../catalog/glob';
import { lintMetric } from '../catalog/promlint';
import type { Issue } from '../issues';
import { type ExpectPageOptions, IGNORED_FAMILIES } from './compare';
import { type PageSource, readFamilies } from './page-source';

/**
 * Returns the naming rules that the families of a page break: those that `promtool check metrics` applies, such as
 * `counter_without_total`, `base_unit` and `help_missing`.
 *
 * @returns an issue for each broken rule, whose path is the name of the family; none if all are kept
 * @example
 * assert.deepEqual(await lint(sdk), []);
 */
export async function lint(
  source: PageSource,
  { ignore = IGNORED_FAMILIES }: ExpectPageOptions = {},
): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const { name, type, help = '', samples } of (await readFamilies(source)).values()) {
    if (ignore.some((pattern) => matchesGlob(pattern, name))) continue;
    const isDistribution = ['histogram', 'gaugehistogram', 'summary'].includes(type);
    const labels = new Set(samples.flatMap((sample) => [...sample.labels.keys()]));
    const own = isDistribution ? [...labels].filter((label) => label !== 'le' && label !== 'quantile') : [...labels];
    for (const { code, message } of lintMetric({ name, type, help, labels: own })) {
      issues.push({ code, message, path: name });
    }
  }
  return issues;
}
