/**
 * The values that a label accepts.
 *
 * - `'string'`: any string.
 * - a list (a closed label): these values and no others. Any other value is recorded as {@link OTHER_LABEL_VALUE} and
 *   reported.
 * - `{ known }`: any string; editors suggest the known values.
 */
export type LabelValues = 'string' | readonly string[] | { readonly known: readonly string[] };

/** The labels of a metric and the values that each accepts, in the order in which the labels are served. */
export type LabelSchema = { readonly [label: string]: LabelValues };

/** What the compiler accepts as the value of a label. Open labels accept numbers too, which are served in decimal. */
export type LabelInput<V extends LabelValues> = V extends 'string'
  ? string | number
  : V extends readonly (infer Member extends string)[]
    ? Member
    : V extends { readonly known: readonly (infer Known extends string)[] }
      ? Known | (string & {}) | number
      : never;

/** The labels of one measurement of a metric with the schema `L`: every label of the schema, and no other. */
export type Labels<L extends LabelSchema> = { -readonly [K in keyof L]: LabelInput<L[K]> };

/** Labels that select existing series of a metric. A label that is left out matches every value. */
export type LabelSelector<L extends LabelSchema> = {
  -readonly [K in keyof L]?: LabelInput<L[K]> | typeof OTHER_LABEL_VALUE;
};

/** The recorded value of a label whose given value is missing or not accepted. */
export const OTHER_LABEL_VALUE = '_OTHER';

/** Returns whether a label accepts listed values only. */
export function isClosed(values: LabelValues): values is readonly string[] {
  return Array.isArray(values);
}

/** Returns whether a value from outside is one of the forms of {@link LabelValues}. */
export function isLabelValues(values: unknown): values is LabelValues {
  if (values === 'string') return true;
  const listed = Array.isArray(values) ? values : (values as { known?: unknown } | null | undefined)?.known;
  return Array.isArray(listed) && listed.every((value) => typeof value === 'string');
}

/** Returns every combination of values of closed labels; `[]` if a label is open, and `[{}]` for a schema without labels. */
export function closedCombinations(labels: LabelSchema): Record<string, string>[] {
  let combinations: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (!isClosed(values)) return [];
    combinations = combinations.flatMap((others) => values.map((value) => ({ ...others, [label]: value })));
  }
  return combinations;
}
