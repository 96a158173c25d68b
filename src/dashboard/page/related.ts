import type { PageFamily } from '../wire.ts';
import { findUnit } from './format.ts';

/** Words in the name of a part of a quantity. */
const PART_WORDS = ['used', 'usage', 'size', 'current', 'active', 'busy', 'open', 'healthy'];
/** Words in the name of the whole quantity, or of its maximum. */
const WHOLE_WORDS = ['total', 'limit', 'max', 'capacity'];
/** Words in the name of the unused part of a quantity. */
const REST_WORDS = ['available', 'free'];

/** The names of a gauge and of the gauge that it is a part of. */
export interface Relation {
  readonly part: string;
  readonly whole: string;
  /** Whether the second one is what is left, so that the quantity is the sum of both. */
  readonly isRest: boolean;
}

/**
 * Finds gauges that are a part of another one by their names: the names are equal once a word for a part, or none, is
 * removed from the one, and a word for the whole or for the rest from the other. Examples: `memory_usage_bytes` and
 * `memory_total_bytes`, `process_open_fds` and `process_max_fds`, `queue_size` and `queue_size_limit`.
 *
 * Both must be in the same section and have the same unit. Durations are never related, because the longest duration is
 * not the whole of the others.
 */
export class RelatedFamilies {
  private readonly parts = new Map<string, string>();
  private readonly wholes = new Map<string, string>();
  private readonly rests = new Map<string, string>();

  /** Adds a family, and returns how it is related to one that was added before. */
  add(family: PageFamily): Relation | undefined {
    const { name, type, catalog, section } = family;
    const unit = findUnit(family);
    if (type !== 'gauge' || unit === 'seconds') return undefined;
    const keys = (stems: readonly string[]) => stems.map((stem) => JSON.stringify([catalog, section, unit, stem]));
    const partKeys = keys([name, ...removeWord(name, PART_WORDS)]);
    const wholeKeys = keys(removeWord(name, WHOLE_WORDS));
    const restKeys = keys(removeWord(name, REST_WORDS));
    const whole = findFirst(this.wholes, partKeys);
    const rest = findFirst(this.rests, partKeys);
    const part = findFirst(this.parts, [...wholeKeys, ...restKeys]);
    addAll(this.parts, partKeys, name);
    addAll(this.wholes, wholeKeys, name);
    addAll(this.rests, restKeys, name);
    if (part !== undefined) return { part, whole: name, isRest: wholeKeys.length === 0 };
    const other = whole ?? rest;
    return other === undefined ? undefined : { part: name, whole: other, isRest: whole === undefined };
  }
}

/** Returns the name without each of the words. */
function removeWord(name: string, removed: readonly string[]): string[] {
  const words = name.split('_');
  return words.flatMap((word, i) => (removed.includes(word) ? [words.toSpliced(i, 1).join('_')] : []));
}

function findFirst(names: ReadonlyMap<string, string>, keys: readonly string[]): string | undefined {
  const key = keys.find((each) => names.has(each));
  return key === undefined ? undefined : names.get(key);
}

function addAll(names: Map<string, string>, keys: readonly string[], name: string): void {
  for (const key of keys) if (!names.has(key)) names.set(key, name);
}

/** A gauge that another one is a part of, with its current values. */
export interface Whole {
  readonly relation: Relation;
  /** The latest value of each series, by its labels. */
  readonly latest: ReadonlyMap<string, number | null>;
}

/**
 * Returns the share that a series has in the series with the same labels, or in the only one. Undefined if there is none.
 *
 * @param key the labels of the series, as in the lines of a chart
 */
export function findShare({ relation, latest }: Whole, key: string, value: number): number | undefined {
  const other = latest.size === 1 ? [...latest.values()][0] : latest.get(key);
  if (other === undefined || other === null) return undefined;
  const all = relation.isRest ? value + other : other;
  return all > 0 && value >= 0 ? value / all : undefined;
}
