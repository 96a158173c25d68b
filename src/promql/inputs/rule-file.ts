import type { YamlTree, YamlTreeMap, YamlTreeScalar } from '../../yaml/yaml-tree';
import { parseDuration } from '../duration';
import type { LocatedText, Query } from '../query';

/** Returns the expressions of a rule file, or of the `PrometheusRule` resources of Kubernetes. */
export function readRules(root: YamlTree, source: LocatedText, file: string): Query[] {
  const items = child(root, 'items');
  if (items?.kind === 'list') return items.items.flatMap((item) => readRules(item, source, file));
  const groups = child(root, 'groups') ?? child(child(root, 'spec'), 'groups');
  return maps(groups).flatMap((group) =>
    maps(group.entries.get('rules')).flatMap((rule) => readRule(rule, source, file) ?? []),
  );
}

/** Returns whether a document has the keys of a rule file. */
export function isRuleFile(root: YamlTree): boolean {
  return (child(root, 'groups') ?? child(child(root, 'spec'), 'groups') ?? child(root, 'items')) !== undefined;
}

function readRule({ entries }: YamlTreeMap, source: LocatedText, file: string): Query | undefined {
  const expr = entries.get('expr');
  if (expr?.kind !== 'scalar') return undefined;
  const query = locatedScalar(expr, source, file);
  const labels = scalars(entries.get('labels'));
  const alert = entries.get('alert');
  if (alert?.kind === 'scalar') {
    const pending = entries.get('for');
    const templates = [...labels, ...scalars(entries.get('annotations'))].map(([, value]) =>
      locatedScalar(value, source, file),
    );
    const seconds = pending?.kind === 'scalar' ? (parseDuration(pending.text) ?? 0) : 0;
    return { ...query, alert: { name: alert.text, for: seconds, templates } };
  }
  const record = entries.get('record');
  if (record?.kind !== 'scalar') return query;
  return { ...query, record: record.text, labels: new Map(labels.map(([name, { text }]) => [name, text])) };
}

/** Returns the text of a scalar with its place in a file. */
export function locatedScalar(scalar: YamlTreeScalar, source: LocatedText, file: string): Query {
  return { file, text: scalar.text, locate: (offset) => source.locate(scalar.offsetOf(offset)) };
}

/** Returns the value of a key; undefined if there is none, or if the value is no mapping. */
export function child(tree: YamlTree | undefined, key: string): YamlTree | undefined {
  return tree?.kind === 'map' ? tree.entries.get(key) : undefined;
}

/** Returns the mappings of a list, and none of another value. */
export function maps(tree: YamlTree | undefined): YamlTreeMap[] {
  return tree?.kind === 'list' ? tree.items.filter((item) => item.kind === 'map') : [];
}

function scalars(tree: YamlTree | undefined): [name: string, value: YamlTreeScalar][] {
  if (tree?.kind !== 'map') return [];
  return [...tree.entries].flatMap(([name, value]) =>
    value.kind === 'scalar' ? [[name, value] as [string, YamlTreeScalar]] : [],
  );
}
