import type { Alias, Document, ParsedNode, Scalar } from 'yaml';

/** A value of a YAML or JSON document of any structure, with its place in the text. */
export type YamlTree = YamlTreeMap | YamlTreeList | YamlTreeScalar;

export interface YamlTreeMap {
  readonly kind: 'map';
  readonly offset: number;
  readonly entries: ReadonlyMap<string, YamlTree>;
}

export interface YamlTreeList {
  readonly kind: 'list';
  readonly offset: number;
  readonly items: readonly YamlTree[];
}

export interface YamlTreeScalar {
  readonly kind: 'scalar';
  readonly offset: number;
  readonly value: unknown;
  /** The value as text, without quotes, escapes and indentation. */
  readonly text: string;
  /** Returns the offset in the document of a character of the text. */
  offsetOf(index: number): number;
}

export interface ParsedYamlTree {
  readonly documents: readonly YamlTree[];
  readonly problems: readonly { readonly offset: number; readonly message: string }[];
}

/** How deep collections can be nested; deeper values are left out. */
const MAX_DEPTH = 60;

/** Parses YAML or JSON of any structure. The parser loads with the first text. */
export function parseYamlTree(text: string): ParsedYamlTree {
  const yaml = require('yaml') as typeof import('yaml');
  const parsed = yaml.parseAllDocuments(text, { prettyErrors: false }) as Document.Parsed[];
  const problems = parsed.flatMap(({ errors }) => errors.map(({ message, pos }) => ({ offset: pos[0], message })));
  // An alias shares the tree of its anchor, so that nested aliases do not multiply. An alias inside of its anchor is left out.
  const trees = new Map<ParsedNode, YamlTree | undefined>();
  const convert = (node: ParsedNode | null | undefined, document: Document, depth: number): YamlTree | undefined => {
    if (!node || depth > MAX_DEPTH) return undefined;
    if (yaml.isAlias(node)) return convert(node.resolve(document) as ParsedNode | undefined, document, depth + 1);
    if (trees.has(node)) return trees.get(node);
    trees.set(node, undefined);
    const tree = create(node, document, depth);
    trees.set(node, tree);
    return tree;
  };
  const create = (node: Exclude<ParsedNode, Alias.Parsed>, document: Document, depth: number): YamlTree => {
    const [offset] = node.range;
    if (yaml.isScalar(node)) return scalarTree(text, node, offset);
    if (yaml.isSeq<ParsedNode>(node)) {
      const items = node.items.flatMap((item) => convert(item, document, depth + 1) ?? []);
      return { kind: 'list', offset, items };
    }
    const entries = new Map<string, YamlTree>();
    for (const { key, value } of node.items) {
      const name = convert(key, document, depth + 1);
      const tree = convert(value, document, depth + 1);
      if (name?.kind === 'scalar' && tree !== undefined) entries.set(name.text, tree);
    }
    return { kind: 'map', offset, entries };
  };
  const documents = parsed.flatMap((document) => convert(document.contents, document, 0) ?? []);
  return { documents, problems };
}

function scalarTree(source: string, node: Scalar.Parsed, offset: number): YamlTreeScalar {
  const { value } = node;
  const text = typeof value === 'string' ? value : (node.source ?? String(value));
  let offsets: readonly number[] | undefined;
  return {
    kind: 'scalar',
    offset,
    value,
    text,
    offsetOf(index) {
      offsets ??= mapOffsets(source, offset, node.range[1], text);
      return offsets[index] ?? (offsets.at(-1) ?? offset) + 1;
    },
  };
}

/** Returns the offset in the source of each character of a scalar, which has quotes, escapes, folded lines or indentation. */
function mapOffsets(source: string, start: number, end: number, text: string): number[] {
  const quote = /["']/.exec(source[start] ?? '')?.[0];
  let at = start;
  if (quote !== undefined) at++;
  else if (/[|>]/.test(source[start] ?? '')) at = source.indexOf('\n', start) + 1 || start;
  const offsets: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? '';
    if (/\s/.test(char) && /\s/.test(source[at] ?? '')) {
      offsets.push(at);
      at++;
      // A folded line break or indentation: the next character of the text is after all of it.
      if (!/\s/.test(text[i + 1] ?? '')) while (at < end && /\s/.test(source[at] ?? '')) at++;
      continue;
    }
    while (at < end && source[at] !== char && /\s/.test(source[at] ?? '')) at++;
    offsets.push(Math.min(at, end));
    if (quote === '"' && source[at] === '\\') at += escapeLength(source.slice(at, at + 10));
    else if (quote === "'" && source.startsWith("''", at)) at += 2;
    else at++;
  }
  return offsets;
}

/** Returns the length of an escape sequence of a double-quoted scalar. */
function escapeLength(text: string): number {
  const digits = { x: 2, u: 4, U: 8 }[text[1] ?? ''];
  return 2 + (digits ?? 0);
}
