import { readFileSync } from 'node:fs';
import { isMap, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';

/** One thing that is wrong with a registry, and where. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export class RegistryError extends Error {
  override readonly name = 'RegistryError';

  constructor(readonly findings: readonly Finding[]) {
    super(findings.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  }
}

/** A file of a registry. */
export class YamlFile {
  readonly lines = new LineCounter();

  constructor(
    readonly path: string,
    readonly findings: Finding[],
  ) {}

  root(keys: readonly string[]): YamlMap {
    let source = '';
    try {
      source = readFileSync(this.path, 'utf8');
    } catch (error) {
      throw new RegistryError([{ file: this.path, line: 1, message: `cannot be read: ${(error as Error).message}` }]);
    }
    const document = parseDocument(source, { lineCounter: this.lines });
    if (document.errors.length > 0) {
      throw new RegistryError(
        document.errors.map((error) => ({
          file: this.path,
          line: this.lines.linePos(error.pos[0]).line,
          message: error.message.split('\n')[0] ?? error.message,
        })),
      );
    }
    return new YamlMap(this, document.contents, keys);
  }

  report(node: Node | null | undefined, message: string): void {
    const offset = node?.range?.[0] ?? 0;
    this.findings.push({ file: this.path, line: this.lines.linePos(offset).line, message });
  }
}

/** A mapping whose keys are known, read one by one; what does not fit becomes a finding with its line. */
export class YamlMap {
  private readonly values = new Map<string, ParsedNode>();

  constructor(
    private readonly file: YamlFile,
    private readonly node: Node | null,
    keys: readonly string[],
  ) {
    if (!isMap<{ value: string } & ParsedNode, ParsedNode>(node)) {
      file.report(node, 'a mapping is expected here');
      return;
    }
    for (const { key, value } of node.items) {
      if (!keys.includes(key.value)) {
        file.report(key, `unknown key ${JSON.stringify(key.value)}; accepted: ${keys.join(', ')}`);
      }
      if (value !== null) this.values.set(key.value, value);
    }
  }

  get(key: string): unknown {
    return this.values.get(key)?.toJSON();
  }

  refuse(key: string, message: string): void {
    this.file.report(this.values.get(key) ?? this.node, message);
  }

  string(key: string): string {
    const value = this.get(key);
    if (typeof value === 'string') return value;
    this.refuse(key, value === undefined ? `${key} is missing` : `${key} is a string, given ${JSON.stringify(value)}`);
    return '';
  }

  optionalString(key: string): string | undefined {
    return this.values.has(key) ? this.string(key) : undefined;
  }

  boolean(key: string): boolean | undefined {
    return this.typed(key, 'boolean', (value) => typeof value === 'boolean');
  }

  number(key: string): number | undefined {
    return this.typed(key, 'number', (value) => typeof value === 'number');
  }

  numbers(key: string): number[] | undefined {
    return this.typed(key, 'list of numbers', (value) => isListOf(value, 'number'));
  }

  strings(key: string): string[] {
    return this.typed(key, 'list of strings', (value) => isListOf(value, 'string')) ?? [];
  }

  map(key: string, keys: readonly string[]): YamlMap | undefined {
    const value = this.values.get(key);
    return value === undefined ? undefined : new YamlMap(this.file, value, keys);
  }

  list(key: string, keys: readonly string[]): YamlMap[] {
    const value = this.values.get(key);
    if (value === undefined) return [];
    if (!isSeq<ParsedNode>(value)) {
      this.refuse(key, `${key} is a list`);
      return [];
    }
    return value.items.map((item) => new YamlMap(this.file, item, keys));
  }

  private typed<T>(key: string, type: string, fits: (value: unknown) => boolean): T | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (fits(value)) return value as T;
    this.refuse(key, `${key} is a ${type}, given ${JSON.stringify(value)}`);
    return undefined;
  }
}

function isListOf(value: unknown, type: 'string' | 'number'): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
