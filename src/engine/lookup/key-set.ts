import type { Attributes } from '@opentelemetry/api';
import { isSameValue, listText } from './values';

/** Something found by its attributes. */
export interface Entry {
  readonly attributes: Attributes;
}

/** The values of one attribute that lead on, by value. Lists are compared by content, in a map of their own. */
class Branch<E extends Entry> {
  private readonly byValue = new Map<unknown, Node<E>>();
  private byList: Map<string, Node<E>> | undefined = undefined;

  get(value: unknown): Node<E> | undefined {
    if (typeof value === 'object' && value !== null) return this.byList?.get(listText(value));
    return this.byValue.get(value);
  }

  set(value: unknown, node: Node<E>): void {
    if (typeof value === 'object' && value !== null) {
      this.byList ??= new Map();
      this.byList.set(listText(value), node);
    } else {
      this.byValue.set(value, node);
    }
  }

  delete(value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      this.byList?.delete(listText(value));
      if (this.byList?.size === 0) this.byList = undefined;
    } else {
      this.byValue.delete(value);
    }
  }

  get isEmpty(): boolean {
    return this.byValue.size === 0 && this.byList === undefined;
  }

  *nodes(): Iterable<Node<E>> {
    yield* this.byValue.values();
    if (this.byList !== undefined) yield* this.byList.values();
  }
}

type Node<E extends Entry> = Branch<E> | E;

/**
 * The entries whose attributes have the same keys, as a tree with one level for each key. An entry is placed at the first
 * level at which no other shares its values, where the rest of its values is compared instead: a set with one unique
 * attribute then costs one map entry.
 */
export class KeySet<E extends Entry> {
  size = 0;
  private root: Node<E> | undefined = undefined;

  /** @param keys in the order of the tree's levels */
  constructor(readonly keys: readonly string[]) {}

  /** @param positions where in `values` the value of each key is; the order of {@link keys} unless given */
  find(values: readonly unknown[], positions: readonly number[] | undefined): E | undefined {
    const { length } = this.keys;
    let node = this.root;
    for (let level = 0; level < length; level++) {
      if (!(node instanceof Branch)) {
        return node !== undefined && this.matches(node, level, values, positions) ? node : undefined;
      }
      node = node.get(values[positions === undefined ? level : (positions[level] as number)]);
    }
    return node as E | undefined;
  }

  /** Adds an entry whose attributes no other entry has. */
  insert(entry: E): void {
    this.size++;
    const place = (node: Node<E> | undefined, level: number): Node<E> => {
      if (node === undefined) return entry;
      const branch = node instanceof Branch ? node : this.split(node, level);
      const value = this.value(entry, level);
      branch.set(value, place(branch.get(value), level + 1));
      return branch;
    };
    this.root = place(this.root, 0);
  }

  /** Removes an entry. Returns whether it was there. */
  remove(entry: E): boolean {
    let found = false;
    const cut = (node: Node<E> | undefined, level: number): Node<E> | undefined => {
      if (!(node instanceof Branch)) {
        found = node === entry;
        return found ? undefined : node;
      }
      const value = this.value(entry, level);
      if (cut(node.get(value), level + 1) === undefined) node.delete(value);
      return node.isEmpty ? undefined : node;
    };
    this.root = cut(this.root, 0);
    if (found) this.size--;
    return found;
  }

  /** Yields every entry whose attributes include all of the given ones. */
  *matching(selector: Attributes, node = this.root, level = 0): Iterable<E> {
    if (node === undefined) return;
    if (!(node instanceof Branch)) {
      if (this.keys.every((key) => !Object.hasOwn(selector, key) || isSameValue(selector[key], node.attributes[key]))) {
        yield node;
      }
      return;
    }
    const key = this.keys[level] as string;
    if (Object.hasOwn(selector, key)) {
      yield* this.matching(selector, node.get(selector[key]) ?? NOTHING, level + 1);
      return;
    }
    for (const each of node.nodes()) yield* this.matching(selector, each, level + 1);
  }

  private matches(entry: E, from: number, values: readonly unknown[], positions: readonly number[] | undefined) {
    const { keys } = this;
    for (let i = from; i < keys.length; i++) {
      const value = values[positions === undefined ? i : (positions[i] as number)];
      const own = entry.attributes[keys[i] as string];
      if (own !== value && !isSameValue(own, value)) return false;
    }
    return true;
  }

  private split(entry: E, level: number): Branch<E> {
    const branch = new Branch<E>();
    branch.set(this.value(entry, level), entry);
    return branch;
  }

  private value(entry: E, level: number): unknown {
    return entry.attributes[this.keys[level] as string];
  }
}

/** Ends a search: a default parameter would take `undefined` for "begin at the root". */
const NOTHING = new Branch<never>();
