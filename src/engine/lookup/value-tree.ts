import type { Attributes } from '@opentelemetry/api';
import type { AttributeRows } from './attribute-rows';
import { TextMap } from './text-map';
import { isSameValue, listText } from './values';

/** Bound, because V8 checks at each call that `hasOwnProperty` still has the method `call`. */
const hasOwn: (object: object, key: string) => boolean = Function.prototype.call.bind(Object.prototype.hasOwnProperty);

/** The values of one attribute that lead on, by value. Lists are compared by content, in a map of their own. */
class Branch {
  private readonly byText = new TextMap<Node>();
  private byValue: Map<unknown, Node> | undefined = undefined;
  private byList: TextMap<Node> | undefined = undefined;

  /** @param key the attribute */
  constructor(readonly key: string) {}

  get(value: unknown): Node | undefined {
    return typeof value === 'string' ? this.byText.get(value) : this.getOther(value);
  }

  private getOther(value: unknown): Node | undefined {
    if (typeof value === 'object' && value !== null) return this.byList?.get(listText(value));
    return this.byValue?.get(value);
  }

  set(value: unknown, node: Node): void {
    if (typeof value === 'string') {
      this.byText.set(value, node);
    } else if (typeof value === 'object' && value !== null) {
      this.byList ??= new TextMap();
      this.byList.set(listText(value), node);
    } else {
      this.byValue ??= new Map();
      this.byValue.set(value, node);
    }
  }

  delete(value: unknown): void {
    if (typeof value === 'string') {
      this.byText.delete(value);
    } else if (typeof value === 'object' && value !== null) {
      this.byList?.delete(listText(value));
      if (this.byList?.isEmpty === true) this.byList = undefined;
    } else {
      this.byValue?.delete(value);
      if (this.byValue?.size === 0) this.byValue = undefined;
    }
  }

  get isEmpty(): boolean {
    return this.byText.isEmpty && this.byValue === undefined && this.byList === undefined;
  }

  *nodes(): Iterable<Node> {
    yield* this.byText.all();
    if (this.byValue !== undefined) yield* this.byValue.values();
    if (this.byList !== undefined) yield* this.byList.all();
  }
}

/** Values lead to a further branch, or to a {@link leaf}. */
type Node = Branch | number;

/** A leaf holds the number of values that are not compared yet in its lower bits, below 24 bits of a row number. */
const REST_BITS = 6;
const MAX_REST = 2 ** REST_BITS - 1;

/** Returns the node of a row: its number if no value is left to compare, or a number below -1. */
function leaf(row: number, rest: number): number {
  return rest === 0 ? row : ~((row << REST_BITS) | rest);
}

function rowOf(node: number): number {
  return node < 0 ? ~node >>> REST_BITS : node;
}

function restOf(node: number): number {
  return node < 0 ? ~node & MAX_REST : 0;
}

/**
 * The rows of a key set, as a tree with one level for each key. A row is placed at the first level below the root at which no
 * other shares its values, where the rest of its values is compared instead.
 */
export class ValueTree {
  private root: Node | undefined = undefined;

  /** @param keys in the order of the tree's levels */
  constructor(
    private readonly keys: readonly string[],
    private readonly rows: AttributeRows,
  ) {}

  /**
   * Returns the row with these values, or -1.
   *
   * @param positions where in `values` the value of each key is; the order of the keys unless given
   */
  find(values: readonly unknown[], positions: readonly number[] | undefined): number {
    const { length } = this.keys;
    let node = this.root;
    for (let level = 0; level < length; level++) {
      if (node === undefined) return -1;
      if (typeof node === 'number') return this.matches(rowOf(node), level, values, positions) ? rowOf(node) : -1;
      node = node.get(values[positions === undefined ? level : (positions[level] as number)]);
    }
    return (node as number | undefined) ?? -1;
  }

  /**
   * Returns the row with these attributes if they are written in the order of the keys, or a negative number. Passes over the
   * object and the tree at once.
   *
   * @throws what a getter or a proxy among the attributes throws
   */
  findInOrder(attributes: Attributes): number {
    const { root } = this;
    let branch = typeof root === 'number' ? undefined : root;
    let row = typeof root === 'number' ? root : -1;
    for (const key in attributes) {
      if (!hasOwn(attributes, key)) return -1;
      if (branch === undefined) {
        row = this.compare(row, key, attributes[key]);
      } else {
        if (key !== branch.key) return -1;
        const node: Node | undefined = branch.get(attributes[key]);
        if (typeof node === 'number') {
          row = node;
          branch = undefined;
        } else {
          branch = node;
        }
      }
    }
    return row;
  }

  /** Adds a row whose attributes no other row has. */
  insert(row: number): void {
    const place = (node: Node | undefined, level: number): Node => {
      const rest = this.keys.length - level;
      if (rest === 0 || (node === undefined && level > 0 && rest <= MAX_REST)) return leaf(row, rest);
      const branch = typeof node === 'object' ? node : new Branch(this.keys[level] as string);
      if (typeof node === 'number') branch.set(this.value(rowOf(node), level), leaf(rowOf(node), rest - 1));
      const value = this.value(row, level);
      const child = branch.get(value);
      const placed = place(child, level + 1);
      if (placed !== child) branch.set(value, placed);
      return branch;
    };
    this.root = place(this.root, 0);
  }

  /** Removes a row. Returns whether it was there. */
  remove(row: number): boolean {
    let found = false;
    const cut = (node: Node | undefined, level: number): Node | undefined => {
      if (node === undefined || typeof node === 'number') {
        found = node !== undefined && rowOf(node) === row;
        return found ? undefined : node;
      }
      const value = this.value(row, level);
      if (cut(node.get(value), level + 1) === undefined) node.delete(value);
      return node.isEmpty ? undefined : node;
    };
    this.root = cut(this.root, 0);
    return found;
  }

  /** Yields every row. */
  *all(node = this.root): Iterable<number> {
    if (typeof node === 'number') yield rowOf(node);
    else if (node !== undefined) for (const each of node.nodes()) yield* this.all(each);
  }

  /** Returns the leaf of a row with one value less to compare if its next attribute is this one, or -1. */
  private compare(node: number, key: string, value: unknown): number {
    const { keys } = this;
    const row = rowOf(node);
    const rest = restOf(node);
    if (key !== keys[keys.length - rest]) return -1;
    const own = this.rows.attributes(row)[key];
    // V8 compares strings by their addresses where it has seen no values of other types.
    const isSame = typeof value === 'string' ? own === value : isSameValue(own, value);
    return isSame ? leaf(row, rest - 1) : -1;
  }

  private matches(
    row: number,
    from: number,
    values: readonly unknown[],
    positions: readonly number[] | undefined,
  ): boolean {
    const { keys } = this;
    const attributes = this.rows.attributes(row);
    for (let i = from; i < keys.length; i++) {
      const value = values[positions === undefined ? i : (positions[i] as number)];
      const own = attributes[keys[i] as string];
      if (own !== value && !isSameValue(own, value)) return false;
    }
    return true;
  }

  private value(row: number, level: number): unknown {
    return this.rows.attributes(row)[this.keys[level] as string];
  }
}
