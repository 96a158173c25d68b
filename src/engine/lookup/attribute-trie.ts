import type { Attributes } from '@opentelemetry/api';

/** How many keys have a rank; keys seen later follow those in alphabetical order. */
const MOST_RANKED = 64;

/**
 * Finds the series of an attribute set without allocating: one step for each attribute, in the order in which the caller
 * wrote them. A series stands at the end of one path, its keys in the order in which the trie first saw keys, which is the
 * order that most callers keep to. Once it was asked for in another order, it stands at the end of that path too.
 *
 * While no other series shares the rest of its path, a series stands early, where its path parts from all others: then
 * its attributes are compared instead, and no branches need to be held for it.
 */
export class AttributeTrie<S extends SeriesNode> {
  private root: TrieNode = new Branch();
  private readonly ranks = new Map<string, number>();
  /** Paths in other orders by the series they lead to, for taking them away again. */
  private readonly aliases = new Map<S, Path[]>();
  private aliasCount = 0;

  /** @param mostAliases how many paths in another order are remembered; past that such lookups go the slow way */
  constructor(private readonly mostAliases: number) {}

  /** The series at the end of the path of these attributes as they are given, if there is one. */
  find(attributes: Attributes): S | undefined {
    let node: TrieNode = this.root;
    for (const key in attributes) {
      let edge = node.edge;
      while (edge !== undefined && edge.key !== key) edge = edge.next;
      if (edge === undefined) return this.ifSame(node, attributes);
      const next = edge.get(attributes[key]);
      if (next === undefined) return undefined;
      node = next;
    }
    if (!node.isSeries) return undefined;
    return (node as S).early === 0 ? (node as S) : this.ifSame(node, attributes);
  }

  /** The path of an attribute set, whatever the order in which its keys are given. */
  path(attributes: Attributes): Path {
    const keys = Object.keys(attributes);
    if (keys.length > 1) keys.sort((a, b) => this.rank(a) - this.rank(b) || (a < b ? -1 : 1));
    return keys.map((key) => [key, comparable(attributes[key])] as const);
  }

  /** The series at the end of a {@link path}. */
  at(path: Path): S | undefined {
    let node: TrieNode = this.root;
    for (const [key, value] of path) {
      if (isEarly<S>(node)) break;
      const next = edgeOf(node, key)?.get(value);
      if (next === undefined) return undefined;
      node = next;
    }
    if (!node.isSeries) return undefined;
    return !isEarly<S>(node) || isSamePath(this.path(node.attributes), path) ? (node as S) : undefined;
  }

  /** Puts a series at the end of the path of its attributes, where none stands, or as early as it can be told apart. */
  insert(attributes: Attributes, series: S): void {
    if (this.ranks.size < MOST_RANKED) {
      for (const key of Object.keys(attributes)) if (!this.ranks.has(key)) this.ranks.set(key, this.ranks.size);
    }
    const path = this.path(attributes);
    if (path.length === 0) {
      series.edge = this.root.edge;
      this.root = series;
      return;
    }
    let node = this.root;
    for (const [depth, [key, value]] of path.entries()) {
      const edge = edgeAt(node, key);
      const left = path.length - 1 - depth;
      if (edge.get(value) === undefined) {
        series.early = left;
        edge.set(value, series);
        return;
      }
      node = this.through(edge, value, depth);
      if (left === 0) {
        series.edge = node.edge;
        edge.set(value, series);
      }
    }
  }

  /** Remembers that these attributes, as they are given, are the series'. */
  alias(attributes: Attributes, series: S): void {
    if (this.aliasCount >= this.mostAliases) return;
    const path: [string, unknown][] = [];
    for (const key in attributes) path.push([key, attributes[key]]);
    const last = path.at(-1);
    if (last === undefined) return;
    // A series that stands at several places stands at the end of each of them.
    if (series.early > 0) this.branchTo(this.path(series.attributes).slice(0, -1));
    const edge = edgeAt(this.branchTo(path.slice(0, -1)), last[0]);
    // A branch here leads to other series of which this one's attributes are a part; leave those reachable.
    if (edge.get(last[1]) !== undefined) return;
    edge.set(last[1], series);
    this.aliasCount++;
    const paths = this.aliases.get(series);
    if (paths === undefined) this.aliases.set(series, [path]);
    else paths.push(path);
  }

  /** Takes the series away from every path that leads to it, and the branches that then lead nowhere. */
  remove(series: S, attributes: Attributes): void {
    const path = this.path(attributes);
    this.cut(path.slice(0, path.length - series.early), series);
    series.early = 0;
    for (const path of this.aliases.get(series) ?? []) {
      this.cut(path, series);
      this.aliasCount--;
    }
    this.aliases.delete(series);
    series.edge = undefined;
  }

  private rank(key: string): number {
    return this.ranks.get(key) ?? MOST_RANKED * 2;
  }

  private branchTo(path: Path): TrieNode {
    let node: TrieNode = this.root;
    for (const [depth, [key, value]] of path.entries()) node = this.through(edgeAt(node, key), value, depth);
    return node;
  }

  /** The node behind a value, to go on from; a series that stands there early moves on by a step of its own path. */
  private through(edge: Edge, value: unknown, depth: number): TrieNode {
    const next = edge.get(value);
    if (next !== undefined && !isEarly<S>(next)) return next;
    const branch = new Branch();
    edge.set(value, branch);
    if (next !== undefined) {
      const [key, ownValue] = this.path(next.attributes)[depth + 1] as Path[number];
      edgeAt(branch, key).set(ownValue, next);
      next.early--;
    }
    return branch;
  }

  private ifSame(node: TrieNode, attributes: Attributes): S | undefined {
    return isEarly<S>(node) && isSame(attributes, node.attributes) ? node : undefined;
  }

  private cut(path: Path, series: S): void {
    if (path.length === 0) {
      this.root = branchWith(series.edge);
      return;
    }
    const passed: TrieNode[] = [this.root];
    for (const [key, value] of path) {
      const next = edgeOf(passed.at(-1) as TrieNode, key)?.get(value);
      if (next === undefined) return;
      passed.push(next);
    }
    if (passed.pop() !== series) return;
    for (let i = path.length - 1; i >= 0; i--) {
      const [key, value] = path[i] as Path[number];
      const parent = passed[i] as TrieNode;
      const edge = edgeAt(parent, key);
      const isEnd = i === path.length - 1;
      if (isEnd && series.edge !== undefined) {
        edge.set(value, branchWith(series.edge));
        return;
      }
      edge.delete(value);
      if (!edge.isEmpty) return;
      removeEdge(parent, key);
      if (parent.isSeries || parent.edge !== undefined) return;
    }
  }
}

/** A place in the trie: a series, or a branch on the way to one. */
export abstract class TrieNode {
  edge: Edge | undefined = undefined;
  declare readonly isSeries: boolean;
}

/** A place in the trie where a series stands. */
export abstract class SeriesNode extends TrieNode {
  abstract readonly attributes: Attributes;
  /** How many steps before the end of its path it stands. */
  early = 0;
}
Object.defineProperty(SeriesNode.prototype, 'isSeries', { value: true });

class Branch extends TrieNode {}
Object.defineProperty(Branch.prototype, 'isSeries', { value: false });

/**
 * The ways on from a node by the values of one key. Nodes seldom have more than one edge, so that edges form a list, and
 * most have one value, which needs no map.
 */
class Edge {
  private nodes: Map<unknown, TrieNode> | undefined = undefined;
  private value: unknown = undefined;
  private node: TrieNode | undefined = undefined;

  constructor(
    readonly key: string,
    public next: Edge | undefined,
  ) {}

  get(value: unknown): TrieNode | undefined {
    if (this.nodes !== undefined) return this.nodes.get(value);
    return this.value === value ? this.node : undefined;
  }

  set(value: unknown, node: TrieNode): void {
    if (this.nodes !== undefined) {
      this.nodes.set(value, node);
    } else if (this.node === undefined || this.value === value) {
      this.value = value;
      this.node = node;
    } else {
      this.nodes = new Map([
        [this.value, this.node],
        [value, node],
      ]);
      this.value = undefined;
      this.node = undefined;
    }
  }

  delete(value: unknown): void {
    if (this.nodes !== undefined) this.nodes.delete(value);
    else if (this.value === value) this.node = undefined;
  }

  get isEmpty(): boolean {
    return this.nodes === undefined ? this.node === undefined : this.nodes.size === 0;
  }
}

/** Attributes as steps, with values that compare as the SDK compares them. */
export type Path = readonly (readonly [key: string, value: unknown])[];

/** Values that JSON writes alike are one (specification, Metrics SDK; `@opentelemetry/sdk-metrics` hashes the same text). */
function comparable(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'object':
      return value === null ? null : JSON_VALUE + JSON.stringify(value);
    default:
      return null;
  }
}

/** Keeps the text of a list apart from a string that happens to read the same. */
const JSON_VALUE = '\u0000json:';

function isEarly<S extends SeriesNode>(node: TrieNode): node is S {
  return node.isSeries && (node as S).early > 0;
}

function isSame(given: Attributes, own: Attributes): boolean {
  let count = 0;
  for (const key in given) {
    if (given[key] !== own[key]) return false;
    count++;
  }
  for (const _ in own) count--;
  return count === 0;
}

function isSamePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every(([key, value], i) => key === b[i]?.[0] && value === b[i]?.[1]);
}

function edgeOf(node: TrieNode, key: string): Edge | undefined {
  let { edge } = node;
  while (edge !== undefined && edge.key !== key) edge = edge.next;
  return edge;
}

function edgeAt(node: TrieNode, key: string): Edge {
  const found = edgeOf(node, key);
  if (found !== undefined) return found;
  node.edge = new Edge(key, node.edge);
  return node.edge;
}

function removeEdge(node: TrieNode, key: string): void {
  if (node.edge?.key === key) {
    node.edge = node.edge.next;
    return;
  }
  for (let edge = node.edge; edge !== undefined; edge = edge.next) {
    if (edge.next?.key === key) edge.next = edge.next.next;
  }
}

function branchWith(edge: Edge | undefined): Branch {
  const branch = new Branch();
  branch.edge = edge;
  return branch;
}
