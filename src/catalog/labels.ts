/**
 * The values a label accepts.
 *
 * - `'string'`: any string.
 * - a list: these values and no others. Anything else is recorded as {@link OTHER} and reported once.
 * - `{ known }`: these values are suggested; any string is accepted.
 */
export type LabelValues = 'string' | readonly string[] | { readonly known: readonly string[] };

/** The labels of a metric, in the order in which they are served. */
export type LabelDefinitions = { readonly [label: string]: LabelValues };

/** A value that the compiler accepts for a label. Open labels also take numbers, which are written in decimal. */
export type LabelValue<V extends LabelValues> = V extends 'string'
  ? string | number
  : V extends readonly (infer Member extends string)[]
    ? Member
    : V extends { readonly known: readonly (infer Known extends string)[] }
      ? Known | (string & {}) | number
      : never;

/** The label set that a measurement of a metric with the labels `L` must carry: every label, and no other. */
export type LabelSet<L extends LabelDefinitions> = { -readonly [K in keyof L]: LabelValue<L[K]> };

/** Recorded in place of a value that a closed label does not list, or of a label that is missing. */
export const OTHER = '_OTHER';

export function isClosed(values: LabelValues): values is readonly string[] {
  return Array.isArray(values);
}

/** Every combination of the closed labels of a metric, or nothing when one of its labels is open. */
export function closedCombinations(labels: LabelDefinitions): Record<string, string>[] {
  let combinations: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (!isClosed(values)) return [];
    combinations = combinations.flatMap((rest) => values.map((value) => ({ ...rest, [label]: value })));
  }
  return combinations;
}
