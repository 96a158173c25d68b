import type { Attributes } from '@opentelemetry/api';
import { hashValues } from './value-hash';
import { isSameValue } from './values';

/** Attribute sets that are known by row number. */
export interface AttributeRows {
  attributes(row: number): Attributes;
}

/** A slot is two integers: the hash of a row, and its number plus 1. */
const SLOT = 2;
const MIN_SLOTS = 4;
/** Slots are doubled above this load, and halved below an eighth of it. */
const MAX_LOAD = 0.8;

/**
 * The rows whose attributes have the same keys, in a hash table with open addressing: 8 bytes for a slot, where an entry of
 * a `Map` takes 28.
 */
export class KeySet {
  size = 0;
  // Signed, because V8 has to box an unsigned integer of 32 bits.
  private slots = new Int32Array(MIN_SLOTS * SLOT);
  private template: Attributes | undefined = undefined;

  /** @param keys in the order in which values are hashed */
  constructor(
    readonly keys: readonly string[],
    private readonly rows: AttributeRows,
  ) {}

  /**
   * Returns the row with these values, or -1.
   *
   * @param positions where in `values` the value of each key is; the order of {@link keys} unless given
   */
  find(values: readonly unknown[], positions: readonly number[] | undefined): number {
    const { slots, keys } = this;
    const hash = hashValues(values, positions, keys.length);
    const mask = slots.length - 1;
    for (let at = (hash * SLOT) & mask; ; at = (at + SLOT) & mask) {
      const row = (slots[at + 1] as number) - 1;
      if (row < 0) return -1;
      if (slots[at] === hash && this.matches(this.rows.attributes(row), values, positions)) return row;
    }
  }

  /** Adds a row whose attributes no other row has. */
  insert(row: number): void {
    this.size++;
    if (this.size * SLOT > this.slots.length * MAX_LOAD) this.resize(this.slots.length * 2);
    this.put(this.hash(row), row);
  }

  /** Removes a row. Returns whether it was there. */
  remove(row: number): boolean {
    const { slots } = this;
    const mask = slots.length - 1;
    let at = (this.hash(row) * SLOT) & mask;
    while (slots[at + 1] !== row + 1) {
      if (slots[at + 1] === 0) return false;
      at = (at + SLOT) & mask;
    }
    this.size--;
    this.vacate(at);
    if (slots.length > MIN_SLOTS * SLOT && this.size * SLOT * 8 < slots.length * MAX_LOAD) this.resize(slots.length / 2);
    return true;
  }

  /** Returns every row whose attributes include all of the given ones. Looks at every row unless all keys are given. */
  matching(selector: Attributes): number[] {
    const keys = Object.keys(selector);
    if (keys.length === this.keys.length) {
      const row = this.find(
        this.keys.map((key) => selector[key]),
        undefined,
      );
      return row < 0 ? [] : [row];
    }
    const found: number[] = [];
    for (let at = 1; at < this.slots.length; at += SLOT) {
      const row = (this.slots[at] as number) - 1;
      if (row < 0) continue;
      const attributes = this.rows.attributes(row);
      if (keys.every((key) => isSameValue(selector[key], attributes[key]))) found.push(row);
    }
    return found;
  }

  /**
   * Returns a copy of attributes that have these keys, which takes as little memory as an object can. V8 gives an object
   * that JSON.parse creates, and a copy of one, exactly the room for its properties (40 bytes for two), and one that grows
   * from `{}` room for four (56 bytes).
   */
  compact(attributes: Attributes): Attributes {
    this.template ??= JSON.parse(JSON.stringify(Object.fromEntries(this.keys.map((key) => [key, ''])))) as Attributes;
    const copy = { ...this.template };
    for (const key of this.keys) copy[key] = attributes[key];
    return copy;
  }

  private matches(attributes: Attributes, values: readonly unknown[], positions: readonly number[] | undefined): boolean {
    const { keys } = this;
    for (let i = 0; i < keys.length; i++) {
      const value = values[positions === undefined ? i : (positions[i] as number)];
      const own = attributes[keys[i] as string];
      if (own !== value && !isSameValue(own, value)) return false;
    }
    return true;
  }

  private hash(row: number): number {
    const attributes = this.rows.attributes(row);
    return hashValues(
      this.keys.map((key) => attributes[key]),
      undefined,
      this.keys.length,
    );
  }

  private put(hash: number, row: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let at = (hash * SLOT) & mask;
    while (slots[at + 1] !== 0) at = (at + SLOT) & mask;
    slots[at] = hash;
    slots[at + 1] = row + 1;
  }

  /** Empties a slot, and moves later rows into it that would not be found beyond an empty slot. */
  private vacate(from: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let empty = from;
    for (let at = (from + SLOT) & mask; slots[at + 1] !== 0; at = (at + SLOT) & mask) {
      const wanted = ((slots[at] as number) * SLOT) & mask;
      if (((at - wanted) & mask) < ((at - empty) & mask)) continue;
      slots[empty] = slots[at] as number;
      slots[empty + 1] = slots[at + 1] as number;
      empty = at;
    }
    slots[empty + 1] = 0;
  }

  private resize(length: number): void {
    const { slots } = this;
    this.slots = new Int32Array(length);
    for (let at = 0; at < slots.length; at += SLOT) {
      if (slots[at + 1] !== 0) this.put(slots[at] as number, (slots[at + 1] as number) - 1);
    }
  }
}
