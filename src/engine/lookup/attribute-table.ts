import type { Attributes } from '@opentelemetry/api';
import { AttributeIndex } from './attribute-index';

/** Something found by its attributes. */
export interface Entry {
  readonly attributes: Attributes;
}

/** Finds objects by their attributes, as {@link AttributeIndex} finds rows. */
export class AttributeTable<E extends Entry> {
  private readonly index: AttributeIndex;
  private readonly entries: (E | undefined)[] = [];
  private readonly free: number[] = [];

  constructor() {
    this.index = new AttributeIndex({ attributes: (row) => (this.entries[row] as E).attributes });
  }

  get size(): number {
    return this.index.size;
  }

  /** Whether there can be no further entries. */
  get isFull(): boolean {
    return this.index.isFull;
  }

  /**
   * Returns the entry with these attributes if their keys come in an order that is known.
   *
   * @throws what a getter or a proxy among the attributes throws
   */
  find(attributes: Attributes): E | undefined {
    const row = this.index.find(attributes);
    return row < 0 ? undefined : this.entries[row];
  }

  /** Returns the entry with these attributes, in whatever order their keys come, and remembers the order. */
  get(attributes: Attributes): E | undefined {
    const row = this.index.get(attributes);
    return row < 0 ? undefined : this.entries[row];
  }

  /** Adds an entry whose attributes no other entry has. */
  insert(entry: E): void {
    const row = this.free.pop() ?? this.entries.length;
    this.entries[row] = entry;
    this.index.insert(row);
  }

  /** Removes an entry. Returns whether it was there. */
  remove(entry: E): boolean {
    const row = this.index.get(entry.attributes);
    if (row < 0 || this.entries[row] !== entry) return false;
    this.index.remove(row);
    this.entries[row] = undefined;
    this.free.push(row);
    return true;
  }

  /** Returns every entry whose attributes include all of the given ones, none of which is `undefined`. */
  matching(selector: Attributes): E[] {
    return this.index.matching(selector).map((row) => this.entries[row] as E);
  }

  /** Whether nothing is held, not even an order of keys. */
  get isEmpty(): boolean {
    return this.index.isEmpty;
  }
}
