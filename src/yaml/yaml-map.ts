import type { Node, ParsedNode, Scalar } from 'yaml';
import { type Issue, printable } from '../issues';

/** How many items of a list a message shows. */
const MAX_PRINTED_ITEMS = 3;

/** The document that a {@link YamlMap} belongs to. */
export interface YamlSource {
  /** The parser; passed in, because it is loaded only when a file is read. */
  readonly yaml: typeof import('yaml');
  readonly issues: Issue[];
  /** Returns `file:line:column` of a node; of the start of the file without one. */
  position(node: Node | null | undefined): string;
  /** Returns the node that an alias refers to, or the node itself. Reports an alias that has no anchor. */
  resolve(node: ParsedNode | null): ParsedNode | undefined;
}

interface Entry {
  readonly key: Node;
  /** Undefined for an alias without an anchor, which has been reported. */
  readonly value: ParsedNode | undefined;
}

/**
 * A mapping whose entries are read one by one, by type. What does not fit becomes an issue with file, line and column, and
 * reads as absent. Only scalars become JavaScript values, so nested aliases cannot expand into something huge.
 */
export class YamlMap {
  private readonly entries = new Map<string, Entry>();
  private readonly node: Node | undefined;

  /**
   * @param node the mapping; undefined when its absence has been reported, so that nothing more is
   * @param name where the mapping is in its file, such as `metrics[2]`; empty for the root
   * @param keys the accepted keys; any key when undefined
   */
  constructor(
    private readonly source: YamlSource,
    node: ParsedNode | undefined,
    private readonly name: string,
    keys: readonly string[] | undefined,
  ) {
    if (node === undefined) return;
    const { isMap, isScalar } = source.yaml;
    if (!isMap<ParsedNode, ParsedNode | null>(node)) {
      this.add('invalid_value', node, `invalid ${name || 'file'} ${this.printableNode(node)}: expected a mapping`, {
        expected: 'a mapping',
        received: this.printableNode(node),
      });
      return;
    }
    this.node = node;
    for (const { key, value } of node.items) {
      const resolved = source.resolve(key);
      const text = isScalar(resolved) ? textOf(resolved) : undefined;
      if (text === undefined || (keys !== undefined && !keys.includes(text))) {
        const expected = keys === undefined ? 'a string' : `one of ${keys.join(', ')}`;
        const received = this.printableNode(resolved);
        this.add('unknown_key', key, `unknown key ${received}: expected ${expected}`, { expected, received });
      }
      if (text !== undefined) this.entries.set(text, { key, value: source.resolve(value) });
    }
  }

  /** The keys that the file has. */
  keys(): string[] {
    return [...this.entries.keys()];
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** Returns `file:line:column` of a value, or of the mapping when it has no such key. */
  position(key?: string): string {
    const entry = key === undefined ? undefined : this.entries.get(key);
    return this.source.position(entry === undefined ? this.node : (entry.value ?? entry.key));
  }

  /** Returns a scalar as it is; undefined for an absent key, a sequence or a mapping. */
  get(key: string): unknown {
    const value = this.entries.get(key)?.value;
    return this.source.yaml.isScalar(value) ? value.value : undefined;
  }

  /** Adds an issue about the value of a key. `message` is the sentence without the place. */
  refuse(key: string, message: string, code = 'invalid_value'): void {
    const entry = this.entries.get(key);
    this.add(code, entry === undefined ? this.node : (entry.value ?? entry.key), message);
  }

  /** Adds an issue that a key is ignored, although the format has it. */
  unsupported(key: string): void {
    this.refuse(key, `${this.nameOf(key)} is not supported and ignored`, 'unsupported');
  }

  /** Adds the issue `invalid <name> <value>: expected <expected>` about the value of a key. */
  invalid(key: string, expected: string): void {
    const { value } = this.entries.get(key) ?? {};
    const received = this.printableNode(value);
    const message = `invalid ${this.nameOf(key)} ${received}: expected ${expected}`;
    this.add('invalid_value', value ?? this.node, message, { expected, received });
  }

  /** Returns a required string; an empty one when it is missing or is none. */
  string(key: string): string {
    if (!this.entries.has(key)) {
      if (this.node !== undefined) this.refuse(key, `${this.nameOf(key)} is missing`, 'missing_value');
      return '';
    }
    return this.optionalString(key) ?? '';
  }

  optionalString(key: string): string | undefined {
    return this.typed(key, 'a string', (value) => typeof value === 'string');
  }

  /** Returns a scalar as it is written, so that `0` is the text "0". */
  text(key: string): string | undefined {
    const { value } = this.entries.get(key) ?? {};
    if (value === undefined) return undefined;
    if (this.source.yaml.isScalar(value) && value.value !== null) return textOf(value);
    this.invalid(key, 'a string');
    return undefined;
  }

  boolean(key: string): boolean | undefined {
    return this.typed(key, 'true or false', (value) => typeof value === 'boolean');
  }

  number(key: string): number | undefined {
    return this.typed(key, 'a number', (value) => typeof value === 'number');
  }

  integer(key: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const expected =
      max === Number.MAX_SAFE_INTEGER ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`;
    return this.typed(
      key,
      expected,
      (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max,
    );
  }

  /** Returns one of the accepted strings. */
  oneOf<T extends string>(key: string, accepted: readonly T[]): T | undefined {
    return this.typed(key, `one of ${accepted.join(', ')}`, (value) => accepted.some((each) => each === value));
  }

  numbers(key: string): number[] | undefined {
    return this.scalars(key, 'a list of numbers', (value) => typeof value === 'number');
  }

  /** Returns a list of strings; an empty one when the key is absent. */
  strings(key: string): string[] {
    return this.scalars(key, 'a list of strings', (value) => typeof value === 'string') ?? [];
  }

  /** Returns the scalars of a list as they are written, or a single scalar as a list of one; none for an absent key. */
  texts(key: string): string[] {
    const { isScalar, isSeq } = this.source.yaml;
    const { value } = this.entries.get(key) ?? {};
    if (value === undefined) return [];
    const items = isSeq<ParsedNode>(value) ? value.items.map((item) => this.source.resolve(item)) : [value];
    const texts = items.map((item) => (isScalar(item) ? textOf(item) : undefined));
    if (texts.every((text) => text !== undefined)) return texts;
    this.invalid(key, 'a list of scalars');
    return [];
  }

  map(key: string, keys?: readonly string[]): YamlMap | undefined {
    const entry = this.entries.get(key);
    return entry === undefined ? undefined : new YamlMap(this.source, entry.value, this.nameOf(key), keys);
  }

  /**
   * Returns the mappings of a list; none when the key is absent.
   *
   * @param keys the accepted keys of each mapping; any key when undefined
   */
  list(key: string, keys: readonly string[] | undefined): YamlMap[] {
    const { value } = this.entries.get(key) ?? {};
    if (value === undefined) return [];
    if (!this.source.yaml.isSeq<ParsedNode>(value)) {
      this.invalid(key, 'a list');
      return [];
    }
    return value.items.map(
      (item, i) => new YamlMap(this.source, this.source.resolve(item), `${this.nameOf(key)}[${i}]`, keys),
    );
  }

  private typed<T>(key: string, expected: string, accepts: (value: unknown) => boolean): T | undefined {
    const { value } = this.entries.get(key) ?? {};
    if (value === undefined) return undefined;
    if (this.source.yaml.isScalar(value) && accepts(value.value)) return value.value as T;
    this.invalid(key, expected);
    return undefined;
  }

  private scalars<T>(key: string, expected: string, accepts: (value: unknown) => boolean): T[] | undefined {
    const { isScalar, isSeq } = this.source.yaml;
    const { value } = this.entries.get(key) ?? {};
    if (value === undefined) return undefined;
    const items = isSeq<ParsedNode>(value) ? value.items.map((item) => this.source.resolve(item)) : undefined;
    const values = items?.map((item) => (isScalar(item) ? item.value : undefined));
    if (values?.every(accepts) === true) return values as T[];
    this.invalid(key, expected);
    return undefined;
  }

  private nameOf(key: string): string {
    return this.name === '' ? key : `${this.name}.${key}`;
  }

  private printableNode(node: ParsedNode | null | undefined): string {
    const { isMap, isScalar, isSeq } = this.source.yaml;
    if (isScalar(node)) return printable(node.value);
    if (isSeq<Node>(node)) {
      const items = node.items
        .slice(0, MAX_PRINTED_ITEMS)
        .map((item) => (isScalar(item) ? printable(item.value) : '...'));
      return `[${items.join(', ')}${node.items.length > MAX_PRINTED_ITEMS ? ', ...' : ''}]`;
    }
    return isMap(node) ? 'a mapping' : 'nothing';
  }

  private add(
    code: string,
    node: Node | null | undefined,
    message: string,
    details: Pick<Issue, 'expected' | 'received'> = {},
  ): void {
    const path = this.source.position(node);
    this.source.issues.push({ code, path, ...details, message: `${path}: ${message}` });
  }
}

function textOf({ value, source }: Scalar): string {
  return typeof value === 'string' ? value : (source ?? String(value));
}
