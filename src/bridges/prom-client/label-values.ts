import { isObject } from '../../is-object';
/** Values of labels, by their names. Numbers are written in decimal. */
export type LabelValues<T extends string> = Partial<Record<T, string | number>>;

/** Between the values of a key, so that no two sets of values have one key. */
const PRESENT = '\u001f';
const ABSENT = '\u001e';

/** Returns a key that two label sets share exactly if they are equal. */
export function labelKey<T extends string>(sortedNames: readonly T[], labels: LabelValues<T>): string {
  let key = '';
  for (const name of sortedNames) {
    const value = labels[name];
    key += value === undefined ? ABSENT : value + PRESENT;
  }
  return key;
}

/**
 * Returns the labels that the arguments of `labels()` or `remove()` give: an object, or a value for each label name.
 *
 * @throws Error if there are more or fewer values than label names
 */
export function readLabels<T extends string>(labelNames: readonly T[], args: readonly unknown[]): LabelValues<T> {
  const [first] = args;
  if (isObject(first)) return first as LabelValues<T>;
  if (labelNames.length !== args.length) {
    throw new Error(
      `Invalid number of arguments (${args.length}): "${args.join(', ')}" for label names (${labelNames.length}): "${labelNames.join(', ')}".`,
    );
  }
  return Object.fromEntries(labelNames.map((name, i) => [name, args[i]])) as LabelValues<T>;
}
