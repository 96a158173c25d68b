import type { YamlTree } from '../../yaml/yaml-tree';
import type { LocatedText, Query } from '../query';
import { child, locatedScalar, maps } from './rule-file';

/** Returns whether a document is a list of named queries: `queries`, each with `name` and `query`. */
export function isQueryList(root: YamlTree): boolean {
  return child(root, 'queries') !== undefined;
}

/** Returns the queries of a list. The name of a query is its description. */
export function readQueryList(root: YamlTree, source: LocatedText, file: string): Query[] {
  return maps(child(root, 'queries')).flatMap(({ entries }) => {
    const [name, query] = [entries.get('name'), entries.get('query')];
    if (query?.kind !== 'scalar') return [];
    return [{ ...locatedScalar(query, source, file), description: name?.kind === 'scalar' ? name.text : undefined }];
  });
}
