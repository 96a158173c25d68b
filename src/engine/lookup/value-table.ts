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

/** What is left of a row that was removed before it was moved. */
const REMOVED = HASH_MASK;

const MIN_SLOTS = 4;
/** Slots are doubled above this load, and halved below an eighth of it. */
const MAX_LOAD = 0.8;
/** How many rows are moved when one is added or removed. All are moved before the slots are doubled again. */
const MOVED_AT_ONCE = 8;

/**
 * The rows of a key set, in a hash table with open addressing: 4 bytes for a slot, where an entry of a `Map` takes 28. When the number
 * of slots changes, rows are moved step by step: moving 100,000 rows takes 30 ms.
 */
export class ValueTable {
  private size = 0;
  // Signed, because V8 has to box an unsigned integer of 32 bits.
  private slots = new Int32Array(MIN_SLOTS);
  /** The slots from before, while rows are moved. Those that were moved are in it, too. */
  private previous: Int32Array | undefined = undefined;
  /** The number of slots of {@link previous} whose rows were moved. */
  private moved = 0;
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
    const hash = hashValues(values, positions, this.keys.length);
    const row = this.findIn(this.slots, hash, values, positions);
    return row < 0 && this.previous !== undefined ? this.findIn(this.previous, hash, values, positions) : row;
  }

  /** Adds a row whose attributes no other row has. */
  insert(row: number): void {
    this.size++;
    this.isOrdered &&= Object.keys(this.rows.attributes(row)).every((key, i) => key === this.keys[i]);
    if (this.size > this.slots.length * MAX_LOAD) this.resize(this.slots.length * 2);
    this.put(row);
    this.moveSome();
  }

  /** Removes a row. Returns whether it was there. */
  remove(row: number): boolean {
    const { slots, previous } = this;
    const hash = this.hash(row);
    const at = findSlot(slots, hash, row);
    const before = previous === undefined ? -1 : findSlot(previous, hash, row);
    if (at < 0 && before < 0) return false;
    this.size--;
    if (at >= 0) this.vacate(at);
    if (previous !== undefined && before >= 0) previous[before] = REMOVED;
    if (slots.length > MIN_SLOTS && this.size * 8 < slots.length * MAX_LOAD) this.resize(slots.length / 2);
    this.moveSome();
    return true;
  }

  /** Yields every row. */
  *all(): Iterable<number> {
    for (const slot of this.slots) if (slot !== 0) yield rowIn(slot);
    for (const slot of this.previous?.subarray(this.moved) ?? []) if (rowIn(slot) >= 0) yield rowIn(slot);
  }

  private findIn(
    slots: Int32Array,
    hash: number,
    values: readonly unknown[],
    positions: readonly number[] | undefined,
  ): number {
    const mask = slots.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const slot = slots[at] as number;
      if (slot === 0) return -1;
      if (((slot ^ hash) & HASH_MASK) !== 0 || slot === REMOVED) continue;
      const row = rowIn(slot);
      if (this.matches(this.rows.attributes(row), values, positions)) return row;
    }
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

  /** Begins to move rows, unless some are being moved. */
  private resize(length: number): void {
    if (this.previous !== undefined) return;
    this.previous = this.slots;
    this.moved = 0;
    this.slots = new Int32Array(length);
  }

  /** Hashes are computed again rather than stored: growing takes as long as that of a `Map`. */
  private moveSome(): void {
    const { previous } = this;
    if (previous === undefined) return;
    for (let count = 0; count < MOVED_AT_ONCE && this.moved < previous.length; this.moved++) {
      const row = rowIn(previous[this.moved] as number);
      if (row < 0) continue;
      this.put(row);
      count++;
    }
    if (this.moved === previous.length) this.previous = undefined;
  }
}

/** Returns the place of a row, or -1. */
function findSlot(slots: Int32Array, hash: number, row: number): number {
  const mask = slots.length - 1;
  for (let at = hash & mask; slots[at] !== 0; at = (at + 1) & mask) if (rowIn(slots[at] as number) === row) return at;
  return -1;
}

/** Returns the row in a slot, or -1. */
function rowIn(slot: number): number {
  return (slot & ROW_MASK) - 1;
}
