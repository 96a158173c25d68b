import type { AttributeRows } from './attribute-rows';
import { isSameValue, listText } from './values';

/** The number of strings up to which a list is searched: comparing internalized strings is faster than a `Map`. */
const MAX_LIST = 8;

/** The values of one attribute that lead on, by value. Lists are compared by content, in a map of their own. */
class Branch {
  private readonly texts: string[] = [];
  private readonly textNodes: Node[] = [];
  private hasFewTexts = true;
  private byValue: Map<unknown, Node> | undefined = undefined;
  private byList: Map<string, Node> | undefined = undefined;

  get(value: unknown): Node | undefined {
    return typeof value === 'string' && this.hasFewTexts ? this.getText(value) : this.getOther(value);
  }

  private getText(text: string): Node | undefined {
    const { texts } = this;
    for (let i = 0; i < texts.length; i++) if (texts[i] === text) return this.textNodes[i];
    return undefined;
  }

  private getOther(value: unknown): Node | undefined {
    if (typeof value === 'object' && value !== null) return this.byList?.get(listText(value));
    return this.byValue?.get(value);
  }

  set(value: unknown, node: Node): void {
    if (typeof value === 'object' && value !== null) {
      this.byList ??= new Map();
      this.byList.set(listText(value), node);
      return;
    }
    if (typeof value === 'string' && this.hasFewTexts) {
      const known = this.texts.indexOf(value);
      const at = known < 0 ? this.texts.length : known;
      if (at < MAX_LIST) {
        this.texts[at] = value;
        this.textNodes[at] = node;
        return;
      }
      this.hasFewTexts = false;
      this.byValue ??= new Map();
      for (const [i, text] of this.texts.entries()) this.byValue.set(text, this.textNodes[i] as Node);
      this.texts.length = 0;
      this.textNodes.length = 0;
    }
    this.byValue ??= new Map();
    this.byValue.set(value, node);
  }

  delete(value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      this.byList?.delete(listText(value));
      if (this.byList?.size === 0) this.byList = undefined;
    } else if (typeof value === 'string' && this.hasFewTexts) {
      const at = this.texts.indexOf(value);
      if (at < 0) return;
      this.texts.splice(at, 1);
      this.textNodes.splice(at, 1);
    } else {
      this.byValue?.delete(value);
      if (this.byValue?.size === 0) this.byValue = undefined;
    }
  }

  get isEmpty(): boolean {
    return this.texts.length === 0 && this.byValue === undefined && this.byList === undefined;
  }

  *nodes(): Iterable<Node> {
    yield* this.textNodes;
    if (this.byValue !== undefined) yield* this.byValue.values();
    if (this.byList !== undefined) yield* this.byList.values();
  }
}

/** Values lead to a further branch, or to a row. */
type Node = Branch | number;

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
      if (typeof node !== 'object') {
        return node !== undefined && this.matches(node, level, values, positions) ? node : -1;
      }
      node = node.get(values[positions === undefined ? level : (positions[level] as number)]);
    }
    return (node as number | undefined) ?? -1;
  }

  /** Adds a row whose attributes no other row has. */
  insert(row: number): void {
    const place = (node: Node | undefined, level: number): Node => {
      if (node === undefined) return row;
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
        found = node === row;
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
    if (typeof node === 'number') yield node;
    else if (node !== undefined) for (const each of node.nodes()) yield* this.all(each);
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

  private split(row: number, level: number): Branch {
    const branch = new Branch();
    branch.set(this.value(row, level), row);
    return branch;
  }

  private value(row: number, level: number): unknown {
    return this.rows.attributes(row)[this.keys[level] as string];
  }
}
