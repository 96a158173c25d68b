import { TextMap } from './text-map';

/**
 * A tree of attribute keys in the order in which callers write them. Each path that callers take leads to the target of
 * its key set, with the permutation that brings values from the caller's order into the key set's own.
 */
export class KeyOrder<T> {
  target: T | undefined = undefined;
  /** `permutation[i]` is the position, in this order, of the key set's key `i`; `undefined` for the key set's own order. */
  permutation: readonly number[] | undefined = undefined;
  private children: TextMap<KeyOrder<T>> | undefined = undefined;

  next(key: string): KeyOrder<T> | undefined {
    return this.children?.get(key);
  }

  /** Makes the path of these keys lead to a target. */
  add(keys: readonly string[], target: T, permutation: readonly number[] | undefined): void {
    let node: KeyOrder<T> = this;
    for (const key of keys) node = node.next(key) ?? node.grow(key);
    node.target = target;
    node.permutation = permutation;
  }

  /** Removes the path of these keys, and the nodes that only it needed. */
  remove(keys: readonly string[], from = 0): void {
    if (from === keys.length) {
      this.target = undefined;
      this.permutation = undefined;
      return;
    }
    const key = keys[from] as string;
    const child = this.next(key);
    child?.remove(keys, from + 1);
    if (child?.isEmpty === true) this.children?.delete(key);
  }

  get isEmpty(): boolean {
    return this.target === undefined && this.children?.isEmpty !== false;
  }

  private grow(key: string): KeyOrder<T> {
    const child = new KeyOrder<T>();
    this.children ??= new TextMap();
    this.children.set(key, child);
    return child;
  }
}
