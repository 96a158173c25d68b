import { readFileSync } from 'node:fs';
import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import { RegistryError } from './registry-error';

/**
 * Returns the text of a `rules.yaml` or `alerts.yaml`, which are written by hand. A file without groups is accepted.
 *
 * @throws RegistryError with file, line and column if the file is not YAML or has no list of groups
 */
export function readRuleFile(file: string): string {
  const issues: Issue[] = [];
  new YamlFile(file, issues).root(undefined).list('groups', undefined);
  const problems = issues.filter(({ code }) => code !== 'missing_value');
  if (problems.length > 0) throw new RegistryError(problems);
  return readFileSync(file, 'utf8');
}
