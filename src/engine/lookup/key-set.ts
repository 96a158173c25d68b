import type { Attributes } from '@opentelemetry/api';
import type { AttributeRows } from './attribute-rows';
import { ValueTable } from './value-table';
import { ValueTree } from './value-tree';
import { isSameValue } from './values';

/**
 * The number of rows up to which a tree is used. A tree finds short values in half the time, but takes about 50 bytes for
 * a row, and a table 7.
 */
const MAX_TREE = 1000;

/** The rows whose attributes have the same keys. */
export class KeySet {
  size = 0;
  /** Absent once the rows are in a table. */
  tree: ValueTree | undefined;
  private values: ValueTree | ValueTable;
  private template: Attributes | undefined = undefined;

  constructor(
    readonly keys: readonly string[],
    private readonly rows: AttributeRows,
  ) {
    this.tree = new ValueTree(keys, rows);
    this.values = this.tree;
  }

  /**
   * Returns the row with these values, or -1.
   *
   * @param positions where in `values` the value of each key is; the order of {@link keys} unless given
   */
  find(values: readonly unknown[], positions: readonly number[] | undefined): number {
    return this.values.find(values, positions);
  }

  /** Adds a row whose attributes no other row has. */
  insert(row: number): void {
    if (this.size === MAX_TREE && this.tree !== undefined) {
      const table = new ValueTable(this.keys, this.rows);
      for (const each of this.tree.all()) table.insert(each);
      this.values = table;
      this.tree = undefined;
    }
    this.values.insert(row);
    this.size++;
  }

  /** Removes a row. Returns whether it was there. */
  remove(row: number): boolean {
    const found = this.values.remove(row);
    if (found) this.size--;
    return found;
  }

  /** Returns every row whose attributes include all of the given ones. Looks at every row unless all keys are given. */
  matching(selector: Attributes): number[] {
    const keys = Object.keys(selector);
    if (keys.length === this.keys.length) {
      const values = this.keys.map((key) => selector[key]);
      const row = this.find(values, undefined);
      return row < 0 ? [] : [row];
    }
    const found: number[] = [];
    for (const row of this.values.all()) {
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
}
