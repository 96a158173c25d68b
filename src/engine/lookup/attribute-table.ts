import type { Attributes } from '@opentelemetry/api';
import { KeyOrder } from './key-orders';
import { type Entry, KeySet } from './key-set';

/** The orders of one key set that are remembered besides its own. Sets in further orders are sorted at each look-up. */
const MAX_ORDERS = 16;

const hasOwn = Object.prototype.hasOwnProperty;

/**
 * Finds entries by attributes. Attributes are equal if their keys and values are (OpenTelemetry specification, Common,
 * Attribute collections), in whatever order they are written; an attribute that is `undefined` is not there.
 *
 * A look-up passes over the caller's object once: it follows the keys through the known orders ({@link KeyOrder}), which
 * leads to the key set, and then the values through the key set's tree. It allocates nothing, unless a value is a list.
 *
 * Entries hold attributes whose values are strings, numbers, booleans, null, lists of those, or byte arrays.
 */
export class AttributeTable<E extends Entry> {
  size = 0;
  private readonly orders = new KeyOrder<KeySet<E>>();
  private readonly keySets = new Map<string, { readonly keySet: KeySet<E>; readonly orders: (readonly string[])[] }>();
  /** The values of the look-up that is running. */
  private readonly values: unknown[] = [];

  /**
   * Returns the entry with these attributes if their keys come in an order that is known.
   *
   * @throws what a getter or a proxy among the attributes throws
   */
  find(attributes: Attributes): E | undefined {
    const { values } = this;
    let order: KeyOrder<KeySet<E>> | undefined = this.orders;
    let count = 0;
    for (const key in attributes) {
      if (!hasOwn.call(attributes, key)) continue;
      const value = attributes[key];
      if (value === undefined) continue;
      order = order.next(key);
      if (order === undefined) return undefined;
      values[count++] = value;
    }
    return order.target === undefined ? undefined : order.target.find(values, order.permutation);
  }

  /** Returns the entry with these attributes, in whatever order their keys come, and remembers the order. */
  get(attributes: Attributes): E | undefined {
    const keys = definedKeys(attributes);
    let order: KeyOrder<KeySet<E>> | undefined = this.orders;
    for (let i = 0; i < keys.length && order !== undefined; i++) order = order.next(keys[i] as string);
    if (order?.target !== undefined) return this.find(attributes);
    const known = this.keySets.get(keySetText(keys));
    if (known === undefined) return undefined;
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

  /** Adds an entry whose attributes no other entry has. */
  insert(entry: E): void {
    const keys = Object.keys(entry.attributes);
    const text = keySetText(keys);
    let known = this.keySets.get(text);
    if (known === undefined) {
      known = { keySet: new KeySet(keys), orders: [keys] };
      this.keySets.set(text, known);
      this.orders.add(keys, known.keySet, undefined);
    }
    known.keySet.insert(entry);
    this.size++;
  }

  /** Removes an entry. Returns whether it was there. */
  remove(entry: E): boolean {
    const text = keySetText(Object.keys(entry.attributes));
    const known = this.keySets.get(text);
    if (known?.keySet.remove(entry) !== true) return false;
    this.size--;
    if (known.keySet.size === 0) {
      this.keySets.delete(text);
      for (const order of known.orders) this.orders.remove(order);
    }
    return true;
  }

  /** Returns every entry whose attributes include all of the given ones, none of which is `undefined`. */
  matching(selector: Attributes): E[] {
    const keys = Object.keys(selector);
    const found: E[] = [];
    for (const { keySet } of this.keySets.values()) {
      if (keys.every((key) => keySet.keys.includes(key))) found.push(...keySet.matching(selector));
    }
    return found;
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
