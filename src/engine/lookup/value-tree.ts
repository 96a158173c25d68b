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

/** Values lead to a further branch, or to a row: its number, or below -1 its {@link mark} above the last level. */
type Node = Branch | number;

/** Returns the mark of a row the rest of whose values has to be compared, and the row of such a mark. */
function mark(row: number): number {
  return -2 - row;
}

function rowAt(node: number): number {
  return node < 0 ? mark(node) : node;
}

/**
 * The rows of a key set, as a tree with one level for each key. A row is placed at the first level at which no other shares
 * its values, where the rest of its values is compared instead.
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
      if (typeof node === 'number') return this.matches(mark(node), level, values, positions) ? mark(node) : -1;
      node = node.get(values[positions === undefined ? level : (positions[level] as number)]);
    }
    return (node as number | undefined) ?? -1;
  }

  /**
   * Returns the row with these attributes if they are written in the order of the keys, or -1. Passes over the object and the
   * tree at once.
   *
   * @throws what a getter or a proxy among the attributes throws
   */
  findInOrder(attributes: Attributes): number {
    const { root } = this;
    let branch = typeof root === 'number' ? undefined : root;
    let row = typeof root === 'number' ? root : -1;
    for (const key in attributes) {
      if (branch === undefined) return row < -1 ? this.matchInOrder(mark(row), attributes) : -1;
      if (key !== branch.key || !hasOwn(attributes, key)) return -1;
      const node: Node | undefined = branch.get(attributes[key]);
      if (typeof node === 'number') {
        row = node;
        branch = undefined;
      } else {
        branch = node;
      }
    }
    return row;
  }

  /** Adds a row whose attributes no other row has. */
  insert(row: number): void {
    const place = (node: Node | undefined, level: number): Node => {
      if (node === undefined) return this.leaf(row, level);
      const branch = typeof node === 'number' ? this.split(node, level) : node;
      const value = this.value(row, level);
      branch.set(value, place(branch.get(value), level + 1));
      return branch;
    };
    this.root = place(this.root, 0);
  }

  /** Removes a row. Returns whether it was there. */
  remove(row: number): boolean {
    let found = false;
    const cut = (node: Node | undefined, level: number): Node | undefined => {
      if (node === undefined || typeof node === 'number') {
        found = node !== undefined && rowAt(node) === row;
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
    if (typeof node === 'number') yield rowAt(node);
    else if (node !== undefined) for (const each of node.nodes()) yield* this.all(each);
  }

  /** Returns a row if these attributes are its own, and are written in the order of the keys, or -1. */
  private matchInOrder(row: number, attributes: Attributes): number {
    const { keys } = this;
    const own = this.rows.attributes(row);
    let count = 0;
    for (const key in attributes) {
      if (key !== keys[count++] || !hasOwn(attributes, key) || !isSameValue(own[key], attributes[key])) return -1;
    }
    return count === keys.length ? row : -1;
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

  private leaf(row: number, level: number): number {
    return level < this.keys.length ? mark(row) : row;
  }

  private split(node: number, level: number): Branch {
    const branch = new Branch(this.keys[level] as string);
    const row = rowAt(node);
    branch.set(this.value(row, level), this.leaf(row, level + 1));
    return branch;
  }

  private value(row: number, level: number): unknown {
    return this.rows.attributes(row)[this.keys[level] as string];
  }
}
