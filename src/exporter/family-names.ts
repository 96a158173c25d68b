import type { FamilyFilter } from './shared-page';

/** Returns the families that a query asks for by `name[]`, as Go's handler takes it. */
export function namesInQuery(url: string): readonly string[] {
  const query = url.indexOf('?');
  return query < 0 ? [] : new URLSearchParams(url.slice(query)).getAll('name[]');
}

/** Returns a filter that accepts families of the given names, if there are any, that another filter accepts too. */
export function combineFilters(
  filter: FamilyFilter | undefined,
  names: readonly string[] = [],
): FamilyFilter | undefined {
  if (names.length === 0) return filter;
  const accepted = new Set(names);
  return (family) => (filter?.(family) ?? true) && accepted.has(family);
}
