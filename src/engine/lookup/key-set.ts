import type { Attributes } from '@opentelemetry/api';
import { hashValues } from './value-hash';
import { isSameValue } from './values';

/** Attribute sets that are known by row number. */
export interface AttributeRows {
  attributes(row: number): Attributes;
}

/** A slot is 0, or holds a row number plus 1 in the lower bits and the upper bits of the hash above them. */
const ROW_BITS = 24;
const ROW_MASK = 2 ** ROW_BITS - 1;
const HASH_MASK = ~ROW_MASK;
/** Row numbers must be below. A `Map` holds no more entries either. */
export const MAX_ROWS = ROW_MASK;

const MIN_SLOTS = 4;
/** Slots are doubled above this load, and halved below an eighth of it. */
const MAX_LOAD = 0.8;

/**
 * The rows whose attributes have the same keys, in a hash table with open addressing: 4 bytes for a slot, where an entry of
 * a `Map` takes 28.
 */
export class KeySet {
  size = 0;
  // Signed, because V8 has to box an unsigned integer of 32 bits.
  private slots = new Int32Array(MIN_SLOTS);
  private readonly values: unknown[] = [];
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
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = slots[at] as number;
      if (slot === 0) return -1;
      if (((slot ^ hash) & HASH_MASK) !== 0) continue;
      const row = (slot & ROW_MASK) - 1;
      if (this.matches(this.rows.attributes(row), values, positions)) return row;
    }
  }

  /** Adds a row whose attributes no other row has. */
  insert(row: number): void {
    this.size++;
    if (this.size > this.slots.length * MAX_LOAD) this.resize(this.slots.length * 2);
    this.put(row);
  }

  /** Removes a row. Returns whether it was there. */
  remove(row: number): boolean {
    const { slots } = this;
    const mask = slots.length - 1;
    let at = this.hash(row) & mask;
    while (rowIn(slots[at] as number) !== row) {
      if (slots[at] === 0) return false;
      at = (at + 1) & mask;
    }
    this.size--;
    this.vacate(at);
    if (slots.length > MIN_SLOTS && this.size * 8 < slots.length * MAX_LOAD) this.resize(slots.length / 2);
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
    for (const slot of this.slots) {
      if (slot === 0) continue;
      const row = rowIn(slot);
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
    for (let i = 0; i < this.keys.length; i++) this.values[i] = attributes[this.keys[i] as string];
    return hashValues(this.values, undefined, this.keys.length);
  }

  private put(row: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    const hash = this.hash(row);
    let at = hash & mask;
    while (slots[at] !== 0) at = (at + 1) & mask;
    slots[at] = (hash & HASH_MASK) | (row + 1);
  }

  /** Empties a slot, and moves later rows into it that would not be found beyond an empty slot. */
  private vacate(from: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let empty = from;
    for (let at = (from + 1) & mask; slots[at] !== 0; at = (at + 1) & mask) {
      const wanted = this.hash(rowIn(slots[at] as number)) & mask;
      if (((at - wanted) & mask) < ((at - empty) & mask)) continue;
      slots[empty] = slots[at] as number;
      empty = at;
    }
    slots[empty] = 0;
  }

  /** Hashes are computed again rather than stored: growing takes as long as that of a `Map`. */
  private resize(length: number): void {
    const { slots } = this;
    this.slots = new Int32Array(length);
    for (const slot of slots) if (slot !== 0) this.put(rowIn(slot));
  }
}

function rowIn(slot: number): number {
  return (slot & ROW_MASK) - 1;
}
