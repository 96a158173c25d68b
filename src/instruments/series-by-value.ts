import type { Attributes } from '@opentelemetry/api';
import { isClosed, type LabelSchema, type LabelValues } from '../catalog/labels';

/** The most values of an open label whose handles are kept. Values come from outside and must not grow memory. */
const MAX_OPEN_VALUES = 16;

/**
 * Handles by label value. Few values are found faster by comparing each than by hashing: V8 compares the strings of a
 * program by their addresses, and a keyed property that is not always the same one costs it as much as a `Map`.
 */
interface ByValue<T> {
  readonly values: string[];
  readonly found: T[];
}

/** Returns a function that returns the handle of a value of a label. The handles of listed values are kept. */
export function findByValue<B>(schema: LabelSchema, label: string, bind: (labels: Attributes) => B) {
  const { values, found }: ByValue<B> = { values: [], found: [] };
  const canKeep = keeper(schema[label]);
  const bindValue = (value: string): B => {
    const bound = bind({ [label]: value });
    if (canKeep(value)) {
      values.push(value);
      found.push(bound);
    }
    return bound;
  };
  return (value: string): B => {
    for (let i = 0; i < values.length; i++) if (values[i] === value) return found[i] as B;
    return bindValue(value);
  };
}

/** {@link findByValue} for two labels. */
export function findByValues<B>(
  schema: LabelSchema,
  [first, second]: readonly [string, string],
  bind: (labels: Attributes) => B,
) {
  const { values, found }: ByValue<ByValue<B>> = { values: [], found: [] };
  const canKeepFirst = keeper(schema[first]);
  const canKeepSecond = keeper(schema[second]);
  const bindValues = (a: string, b: string): B => {
    const bound = bind({ [first]: a, [second]: b });
    if (canKeepFirst(a) && canKeepSecond(b)) {
      const i = values.indexOf(a);
      const row = found[i] ?? { values: [], found: [] };
      if (i < 0) {
        values.push(a);
        found.push(row);
      }
      row.values.push(b);
      row.found.push(bound);
    }
    return bound;
  };
  return (a: string, b: string): B => {
    for (let i = 0; i < values.length; i++) {
      if (values[i] !== a) continue;
      const row = found[i] as ByValue<B>;
      for (let j = 0; j < row.values.length; j++) if (row.values[j] === b) return row.found[j] as B;
      break;
    }
    return bindValues(a, b);
  };
}

/** Returns a function that returns whether the handle of a value is kept: every listed one, and a number of others. */
function keeper(values: LabelValues = []): (value: unknown) => boolean {
  if (isClosed(values)) return (value) => typeof value === 'string' && values.includes(value);
  const kept = new Set<string>(values === 'string' ? [] : values.known);
  const max = kept.size + MAX_OPEN_VALUES;
  return (value) => {
    if (typeof value !== 'string') return false;
    if (kept.size < max) kept.add(value);
    return kept.has(value);
  };
}
