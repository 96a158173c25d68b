import { matchesGlob } from '../catalog/glob';

/** Which resource attributes become labels of undocumented metrics. `*` in a pattern matches any characters, `?` matches one. */
export interface ResourceConstantLabels {
  /** Patterns of attributes to include. All by default. */
  readonly included?: readonly string[] | undefined;
  /** Patterns of attributes to exclude, also if they are included. None by default. */
  readonly excluded?: readonly string[] | undefined;
}

/** Returns whether a resource attribute becomes a label. None does if no choice is given. */
export function resourceLabelFilter(
  choice: ResourceConstantLabels | RegExp | undefined,
): (attribute: string) => boolean {
  if (choice === undefined) return () => false;
  if (choice instanceof RegExp) return (attribute) => attribute.search(choice) >= 0;
  const { included, excluded = [] } = choice;
  const matches = (patterns: readonly string[], attribute: string) =>
    patterns.some((pattern) => matchesGlob(pattern, attribute));
  return (attribute) => (included === undefined || matches(included, attribute)) && !matches(excluded, attribute);
}
