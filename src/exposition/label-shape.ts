import type { Attributes, AttributeValue } from '@opentelemetry/api';
import type { LabelWriter } from './encode/label-writer';

/**
 * Tells whether the attribute sets of one metric stream can be written alike although they differ: because two keys become
 * one label, or because values of different types have one text (`5` and `"5"`).
 *
 * As long as each label comes from one key and all values of a key have one type, different sets are different series, and
 * a family can be written without looking for repeats.
 */
export class LabelShape {
  /** The types of values by key. */
  private readonly types = new Map<string, string>();
  private readonly labels = new Set<string>();
  /** The keys of the set before, in their order, with their types: most sets of a stream have the same. */
  private readonly recentKeys: string[] = [];
  private readonly recentTypes: string[] = [];

  constructor(private readonly writer: LabelWriter) {}

  /** Adds an attribute set. Returns `false` if it, or a later one, may be written like an earlier one. */
  add(attributes: Attributes): boolean {
    let i = 0;
    for (const key in attributes) {
      if (!Object.hasOwn(attributes, key)) continue;
      const value = attributes[key];
      const type = typeof value;
      if (key !== this.recentKeys[i] || type !== this.recentTypes[i]) {
        if (!this.addKey(key, type)) return false;
        this.recentKeys[i] = key;
        this.recentTypes[i] = type;
      }
      if (type === 'string' ? !this.writer.isPlain(value) : !isDistinct(value)) return false;
      i++;
    }
    return true;
  }

  private addKey(key: string, type: string): boolean {
    const known = this.types.get(key);
    if (known !== undefined) return known === type;
    const label = this.writer.label(key);
    if (label === undefined || this.labels.has(label) || this.writer.isConstant(label)) return false;
    this.labels.add(label);
    this.types.set(key, type);
    return true;
  }
}

/** Whether a value that is no string has a text that no other value of its type has. */
function isDistinct(value: AttributeValue | undefined): boolean {
  return typeof value === 'boolean' || (typeof value === 'number' && !Object.is(value, -0));
}
