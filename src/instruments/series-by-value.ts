import type { Attributes } from '@opentelemetry/api';
import { isClosed, type LabelSchema, type LabelValues } from '../catalog/labels';

/**
 * The prototype of objects whose keys come from outside: they inherit no names such as `constructor`. A property of such
 * an object is found by an inline cache, in half the time of a `Map`.
 */
const NO_PROPERTIES: object = Object.freeze(Object.create(null));

interface ByValue<T> {
  [value: string]: T;
}

/** The most values of an open label whose handles are kept. Values come from outside and must not grow memory. */
const MAX_OPEN_VALUES = 100;

/** Returns a function that returns the handle of a value of a label. The handles of listed values are kept. */
export function findByValue<B>(schema: LabelSchema, label: string, bind: (labels: Attributes) => B) {
  const known: ByValue<B> = Object.create(NO_PROPERTIES);
  const canKeep = keeper(schema[label]);
  const bindValue = (value: string): B => {
    const bound = bind({ [label]: value });
    if (canKeep(value)) known[value] = bound;
    return bound;
  };
  // Converting an object of the caller to a property name could throw.
  return (value: string): B => (typeof value === 'string' ? known[value] : undefined) ?? bindValue(value);
}

/** {@link findByValue} for two labels. */
export function findByValues<B>(
  schema: LabelSchema,
  [first, second]: readonly [string, string],
  bind: (labels: Attributes) => B,
) {
  const known: ByValue<ByValue<B>> = Object.create(NO_PROPERTIES);
  const canKeepFirst = keeper(schema[first]);
  const canKeepSecond = keeper(schema[second]);
  const bindValues = (a: string, b: string): B => {
    const bound = bind({ [first]: a, [second]: b });
    if (canKeepFirst(a) && canKeepSecond(b)) {
      known[a] ??= Object.create(NO_PROPERTIES) as ByValue<B>;
      known[a][b] = bound;
    }
    return bound;
  };
  return (a: string, b: string): B =>
    (typeof a === 'string' && typeof b === 'string' ? known[a]?.[b] : undefined) ?? bindValues(a, b);
}

/** Returns a function that returns whether the handle of a value is kept: every listed one, and a number of others. */
function keeper(values: LabelValues = []): (value: string) => boolean {
  if (isClosed(values)) return (value) => values.includes(value);
  const kept = new Set<string>(values === 'string' ? [] : values.known);
  const max = kept.size + MAX_OPEN_VALUES;
  return (value) =>
    typeof value === 'string' && (kept.has(value) || (kept.size < max && kept.add(value) !== undefined));
}
