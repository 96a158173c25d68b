import type { Attributes } from '@opentelemetry/api';
import type { AttributeRows } from './attribute-rows';
import { hashValues } from './value-hash';
import { isSameValue } from './values';

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
 * The rows of a key set, in a hash table with open addressing: 4 bytes for a slot, where an entry of
 * a `Map` takes 28.
 */
export class ValueTable {
  private size = 0;
  // Signed, because V8 has to box an unsigned integer of 32 bits.
  private slots = new Int32Array(MIN_SLOTS);
  /** Whether the attributes of all rows have the order of {@link keys}. */
  private isOrdered = true;
  private readonly values: unknown[] = [];

  /** @param keys in the order in which values are hashed */
  constructor(
    private readonly keys: readonly string[],
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
    this.isOrdered &&= Object.keys(this.rows.attributes(row)).every((key, i) => key === this.keys[i]);
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

  /** Yields every row. */
  *all(): Iterable<number> {
    for (const slot of this.slots) if (slot !== 0) yield rowIn(slot);
  }

  private matches(
    attributes: Attributes,
    values: readonly unknown[],
    positions: readonly number[] | undefined,
  ): boolean {
    const { keys } = this;
    const { length } = keys;
    let i = 0;
    if (this.isOrdered) {
      // V8 reads the properties of such a loop three times as fast as those of given names.
      for (const key in attributes) {
        // Inherited properties come last.
        if (i === length) break;
        const own = attributes[key];
        const value = values[positions === undefined ? i : (positions[i] as number)];
        if (own !== value && !isSameValue(own, value)) return false;
        i++;
      }
    }
    for (; i < length; i++) {
      const value = values[positions === undefined ? i : (positions[i] as number)];
      if (!isSameValue(attributes[keys[i] as string], value)) return false;
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
