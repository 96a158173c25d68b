import type { Attributes } from '@opentelemetry/api';
import type { AttributeRows } from './attribute-rows';
import { KeyOrder } from './key-orders';
import { KeySet } from './key-set';
import { MAX_ROWS } from './value-table';
import type { ValueTree } from './value-tree';

/** The orders of one key set that are remembered besides its own. Sets in further orders are sorted at each look-up. */
const MAX_ORDERS = 16;

/** Row numbers can have gaps. */
const SPARE_ROWS = 2 ** 14;

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * Finds rows by attributes. Attributes are equal if their keys and values are (OpenTelemetry specification, Common,
 * Attribute collections), in whatever order they are written; an attribute that is `undefined` is not there.
 *
 * A look-up passes over the caller's object once if its keys are those of the first key set in their order. Otherwise it
 * follows the keys through the known orders ({@link KeyOrder}), which leads to the key set, and then looks the values up.
 * It allocates nothing, unless a value is a list.
 *
 * Rows hold attributes whose values are strings, numbers, booleans, null, lists of those, or byte arrays.
 */
export class AttributeIndex {
  size = 0;
  private readonly orders = new KeyOrder<KeySet>();
  private readonly keySets = new Map<string, { readonly keySet: KeySet; readonly orders: (readonly string[])[] }>();
  /** The values of the look-up that is running. */
  private readonly values: unknown[] = [];
  /** The rows of the key set that was first, while they are few. Usually all callers write its keys, in their order. */
  tree: ValueTree | undefined = undefined;
  private first: KeySet | undefined = undefined;

  constructor(private readonly rows: AttributeRows) {}

  /**
   * Returns the row with these attributes if their keys come in an order that is known, or -1.
   *
   * @throws what a getter or a proxy among the attributes throws
   */
  find(attributes: Attributes): number {
    const row = this.tree === undefined ? -1 : this.tree.findInOrder(attributes);
    return row < 0 ? this.findInKnownOrder(attributes) : row;
  }

  /** Does what {@link find} does, without the attempt to find them in the {@link tree} first. */
  findInKnownOrder(attributes: Attributes): number {
    const { values } = this;
    let order: KeyOrder<KeySet> | undefined = this.orders;
    let count = 0;
    for (const key in attributes) {
      if (!hasOwn.call(attributes, key)) continue;
      const value = attributes[key];
      if (value === undefined) continue;
      order = order.next(key);
      if (order === undefined) return -1;
      values[count++] = value;
    }
    return order.target === undefined ? -1 : order.target.find(values, order.permutation);
  }

  /** Returns the row with these attributes, in whatever order their keys come, or -1. Remembers the order. */
  get(attributes: Attributes): number {
    const keys = definedKeys(attributes);
    let order: KeyOrder<KeySet> | undefined = this.orders;
    for (let i = 0; i < keys.length && order !== undefined; i++) order = order.next(keys[i] as string);
    if (order?.target !== undefined) return this.find(attributes);
    const known = this.keySets.get(keySetText(keys));
    if (known === undefined) return -1;
    const { keySet, orders } = known;
    const position = new Map(keys.map((key, i) => [key, i]));
    const positions = keySet.keys.map((key) => position.get(key) as number);
    if (orders.length <= MAX_ORDERS) {
      this.orders.add(keys, keySet, positions);
      orders.push(keys);
    }
    return keySet.find(
      keys.map((key) => attributes[key]),
      positions,
    );
  }

  /** Adds a row whose attributes no other row has. */
  insert(row: number): void {
    const keys = Object.keys(this.rows.attributes(row));
    const text = keySetText(keys);
    let known = this.keySets.get(text);
    if (known === undefined) {
      known = { keySet: new KeySet(keys, this.rows), orders: [keys] };
      this.keySets.set(text, known);
      this.orders.add(keys, known.keySet, undefined);
      this.first ??= known.keySet;
    }
    known.keySet.insert(row);
    this.tree = this.first?.tree;
    this.size++;
  }

  /** Removes a row. Returns whether it was there. */
  remove(row: number): boolean {
    const text = keySetText(Object.keys(this.rows.attributes(row)));
    const known = this.keySets.get(text);
    if (known?.keySet.remove(row) !== true) return false;
    this.size--;
    if (known.keySet.size === 0) {
      this.keySets.delete(text);
      if (this.first === known.keySet) {
        this.first = undefined;
        this.tree = undefined;
      }
      for (const order of known.orders) this.orders.remove(order);
    }
    return true;
  }

  /** Returns every row whose attributes include all of the given ones, none of which is `undefined`. */
  matching(selector: Attributes): number[] {
    const keys = Object.keys(selector);
    const found: number[] = [];
    for (const { keySet } of this.keySets.values()) {
      if (keys.every((key) => keySet.keys.includes(key))) for (const row of keySet.matching(selector)) found.push(row);
    }
    return found;
  }

  /**
   * Returns a copy of attributes to keep in a row: the smallest one, with the keys in the order that rows with the same
   * keys have. No attribute is `undefined`.
   */
  compact(attributes: Attributes): Attributes {
    const keys = Object.keys(attributes);
    const keySet = this.keySets.get(keySetText(keys))?.keySet ?? new KeySet(keys, this.rows);
    return keySet.compact(attributes);
  }

  /** Whether no row with a number above all others can be added. */
  get isFull(): boolean {
    return this.size >= MAX_ROWS - SPARE_ROWS;
  }

  /** Whether nothing is held, not even an order of keys. */
  get isEmpty(): boolean {
    return this.size === 0 && this.keySets.size === 0 && this.orders.isEmpty;
  }
}

function definedKeys(attributes: Attributes): string[] {
  const keys = Object.keys(attributes);
  for (const key of keys)
    if (attributes[key] === undefined) return keys.filter((each) => attributes[each] !== undefined);
  return keys;
}

/** Returns a text that attribute sets have in common exactly if they have the same keys. */
function keySetText(keys: readonly string[]): string {
  const [only] = keys;
  if (only === undefined) return '';
  // JSON texts of several keys begin with a bracket.
  return keys.length === 1 ? `=${only}` : JSON.stringify(keys.toSorted());
}
