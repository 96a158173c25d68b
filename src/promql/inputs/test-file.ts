import type { YamlTree } from '../../yaml/yaml-tree';
import type { LocatedText, Query } from '../query';
import { child, locatedScalar, maps } from './rule-file';

/** Returns whether a document has the keys of a file of `promtool test rules`. */
export function isTestFile(root: YamlTree): boolean {
  return child(root, 'tests') !== undefined;
}

/** Returns the expressions and the input series of a test file. */
export function readTests(root: YamlTree, source: LocatedText, file: string): Query[] {
  return maps(child(root, 'tests')).flatMap(({ entries }) => {
    const texts = [
      ...maps(entries.get('input_series')).map((series) => series.entries.get('series')),
      ...maps(entries.get('promql_expr_test')).map((test) => test.entries.get('expr')),
    ];
    return texts.flatMap((text) => (text?.kind === 'scalar' ? [locatedScalar(text, source, file)] : []));
  });
}

/** Returns the rule files that a test file loads. */
export function readRuleFilePaths(root: YamlTree): string[] {
  const files = child(root, 'rule_files');
  return files?.kind === 'list' ? files.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : [])) : [];
}
