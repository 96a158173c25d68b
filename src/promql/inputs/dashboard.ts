import type { YamlTree, YamlTreeMap } from '../../yaml/yaml-tree';
import type { LocatedText, Query } from '../query';
import { child, locatedScalar } from './rule-file';

/** Returns the queries of a Grafana dashboard: of its panels, annotations and variables, in every version of the format. */
export function readDashboardQueries(root: YamlTree, source: LocatedText, file: string): Query[] {
  const queries: Query[] = [];
  const visited = new Set<YamlTree>();
  const visit = (tree: YamlTree, title: string | undefined): void => {
    if (visited.has(tree)) return;
    visited.add(tree);
    if (tree.kind === 'list') for (const item of tree.items) visit(item, title);
    if (tree.kind !== 'map') return;
    const own = tree.entries.get('title');
    const nearest = own?.kind === 'scalar' && own.text !== '' ? own.text : title;
    const expr = tree.entries.get('expr');
    if (expr?.kind === 'scalar' && typeof expr.value === 'string' && expr.text !== '' && isPrometheus(tree)) {
      const legend = tree.entries.get('legendFormat');
      const located = locatedScalar(expr, source, file);
      queries.push({
        ...located,
        description: nearest,
        legend: legend?.kind === 'scalar' ? locatedScalar(legend, source, file) : undefined,
      });
    }
    const variable = readVariable(tree, source, file);
    if (variable !== undefined) queries.push(variable);
    for (const value of tree.entries.values()) visit(value, nearest);
  };
  visit(root, undefined);
  return queries;
}

function isPrometheus(target: YamlTreeMap): boolean {
  const type = child(target.entries.get('datasource'), 'type');
  return type?.kind !== 'scalar' || /prometheus|mixed|\$/.test(type.text);
}

/** Returns the selector of a variable: `label_values(selector, label)`, or the expression of `query_result(expression)`. */
function readVariable(tree: YamlTreeMap, source: LocatedText, file: string): Query | undefined {
  const type = tree.entries.get('type');
  if (type?.kind !== 'scalar' || type.text !== 'query' || !isPrometheus(tree)) return undefined;
  const given = tree.entries.get('query');
  const query = given?.kind === 'map' ? given.entries.get('query') : given;
  if (query?.kind !== 'scalar') return undefined;
  const [, start, selector] =
    /^(\s*label_values\(\s*)(.*\S)\s*,\s*\w+\s*\)\s*$/s.exec(query.text) ??
    /^(\s*query_result\(\s*)(.*\S)\s*\)\s*$/s.exec(query.text) ??
    [];
  if (start === undefined || selector === undefined) return undefined;
  return { file, text: selector, locate: (offset) => source.locate(query.offsetOf(start.length + offset)) };
}
