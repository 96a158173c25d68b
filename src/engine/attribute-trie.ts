import type { Attributes } from '@opentelemetry/api';

/**
 * Finds the series of an attribute set without allocating: one step for each attribute, in the order in which the caller
 * wrote them. A series stands at the end of the path of its attributes sorted by key, and, once it was asked for in
 * another order, at the end of that path too.
 */
export class AttributeTrie<S extends SeriesNode> {
  private root: TrieNode = new Branch();
  private aliases = 0;

  /** @param mostAliases how many paths in another order are remembered; past that such lookups go the slow way */
  constructor(private readonly mostAliases: number) {}

  /** The series at the end of the path of these attributes as they are given, if there is one. */
  find(attributes: Attributes): S | undefined {
    let node: TrieNode = this.root;
    for (const key in attributes) {
      let edge = node.edge;
      while (edge !== undefined && edge.key !== key) edge = edge.next;
      if (edge === undefined) return undefined;
      const next = edge.nodes.get(attributes[key]);
      if (next === undefined) return undefined;
      node = next;
    }
    return node.isSeries ? (node as S) : undefined;
  }

  /** The series of this set, whatever the order of its keys. */
  findSorted(sorted: SortedAttributes): S | undefined {
    let node: TrieNode = this.root;
    for (const [key, value] of sorted) {
      const next = nodesOf(node, key)?.get(value);
      if (next === undefined) return undefined;
      node = next;
    }
    return node.isSeries ? (node as S) : undefined;
  }

  insert(sorted: SortedAttributes, series: S): void {
    const last = sorted.at(-1);
    if (last === undefined) {
      series.edge = this.root.edge;
      this.root = series;
      return;
    }
    const nodes = nodesAt(this.branchTo(sorted.slice(0, -1)), last[0]);
    series.edge = nodes.get(last[1])?.edge;
    nodes.set(last[1], series);
  }

  /** Remembers that these attributes, as they are given, are the series'. */
  alias(attributes: Attributes, series: S): void {
    if (this.aliases >= this.mostAliases) return;
    const path: [string, unknown][] = [];
    for (const key in attributes) path.push([key, attributes[key]]);
    const last = path.pop();
    if (last === undefined) return;
    const nodes = nodesAt(this.branchTo(path), last[0]);
    // A branch here leads to other series of which this one's attributes are a part; leave those reachable.
    if (nodes.has(last[1])) return;
    nodes.set(last[1], series);
    this.aliases++;
    series.aliases = [...(series.aliases ?? []), [...path, last]];
  }

  /** Takes the series away from every path that leads to it, and the branches that then lead nowhere. */
  remove(sorted: SortedAttributes, series: S): void {
    this.cut(sorted, series);
    for (const path of series.aliases ?? []) {
      this.cut(path, series);
      this.aliases--;
    }
    series.aliases = undefined;
    series.edge = undefined;
  }

  private branchTo(path: SortedAttributes): TrieNode {
    let node: TrieNode = this.root;
    for (const [key, value] of path) {
      const nodes = nodesAt(node, key);
      let next = nodes.get(value);
      if (next === undefined) {
        next = new Branch();
        nodes.set(value, next);
      }
      node = next;
    }
    return node;
  }

  private cut(path: SortedAttributes, series: S): void {
    if (path.length === 0) {
      this.root = branchWith(series.edge);
      return;
    }
    const passed: TrieNode[] = [this.root];
    for (const [key, value] of path) {
      const next = nodesOf(passed.at(-1) as TrieNode, key)?.get(value);
      if (next === undefined) return;
      passed.push(next);
    }
    if (passed.pop() !== series) return;
    for (let i = path.length - 1; i >= 0; i--) {
      const [key, value] = path[i] as [string, unknown];
      const parent = passed[i] as TrieNode;
      const nodes = nodesAt(parent, key);
      const isEnd = i === path.length - 1;
      if (isEnd && series.edge !== undefined) {
        nodes.set(value, branchWith(series.edge));
        return;
      }
      nodes.delete(value);
      if (nodes.size > 0) return;
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
  /** Paths in other orders that lead here, for taking them away again. */
  aliases: SortedAttributes[] | undefined = undefined;
}
Object.defineProperty(SeriesNode.prototype, 'isSeries', { value: true });

class Branch extends TrieNode {}
Object.defineProperty(Branch.prototype, 'isSeries', { value: false });

/** The ways on from a node by the values of one key. Nodes seldom have more than one, so that they form a list. */
class Edge {
  readonly nodes = new Map<unknown, TrieNode>();

  constructor(
    readonly key: string,
    public next: Edge | undefined,
  ) {}
}

/** Attributes as steps of a path. */
export type SortedAttributes = readonly (readonly [key: string, value: unknown])[];

/**
 * Attributes in the order of their keys, with values that compare as the SDK compares them: those that JSON writes alike
 * are one (specification, Metrics SDK; `@opentelemetry/sdk-metrics` hashes the same text).
 */
export function sortedAttributes(attributes: Attributes): SortedAttributes {
  return Object.keys(attributes)
    .sort()
    .map((key) => [key, comparable(attributes[key])] as const);
}

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

function nodesOf(node: TrieNode, key: string): Map<unknown, TrieNode> | undefined {
  let edge = node.edge;
  while (edge !== undefined && edge.key !== key) edge = edge.next;
  return edge?.nodes;
}

function nodesAt(node: TrieNode, key: string): Map<unknown, TrieNode> {
  const nodes = nodesOf(node, key);
  if (nodes !== undefined) return nodes;
  node.edge = new Edge(key, node.edge);
  return node.edge.nodes;
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
