import { readFileSync } from 'node:fs';
import type { Document, LineCounter, Node, ParsedNode } from 'yaml';
import type { Issue } from '../issues';
import { YamlMap, type YamlSource } from './yaml-map';

/** A YAML 1.2 file that is read with the line and column of every value. The parser loads with the first file. */
export class YamlFile implements YamlSource {
  readonly yaml = require('yaml') as typeof import('yaml');
  private readonly lines: LineCounter = new this.yaml.LineCounter();
  private document: Document.Parsed | undefined;

  /**
   * @param issues receives everything that is wrong with the file
   * @param transform changes the document before it is read. By default it is read as it is
   */
  constructor(
    readonly path: string,
    readonly issues: Issue[],
    private readonly transform?: (document: Document.Parsed, yaml: typeof import('yaml')) => void,
  ) {}

  /**
   * Reads the file. If it cannot be read or parsed, or if it is empty, the issues say so, and the mapping has no entries
   * and adds no further issues.
   *
   * @param keys the accepted keys of the root; any key when undefined
   */
  root(keys: readonly string[] | undefined): YamlMap {
    const contents = this.contents(keys);
    return new YamlMap(this, contents, '', keys);
  }

  position(node: Node | null | undefined): string {
    const { line, col } = this.lines.linePos(node?.range?.[0] ?? 0);
    return `${this.path}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  }

  resolve(node: ParsedNode | null): ParsedNode | undefined {
    const { document } = this;
    if (node === null || document === undefined) return undefined;
    if (!this.yaml.isAlias(node)) return node;
    const found = node.resolve(document);
    if (found === undefined) this.add('unresolved_alias', node, `alias "*${node.source}" has no anchor`);
    return found as ParsedNode | undefined;
  }

  private contents(keys: readonly string[] | undefined): ParsedNode | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      this.add('unreadable_file', null, `the file cannot be read: ${(error as Error).message}`);
      return undefined;
    }
    const document = this.yaml.parseDocument(text, { lineCounter: this.lines, prettyErrors: false });
    // A warning is, for example, a tag that is not resolved: the value is not what its author meant.
    for (const { message, pos } of [...document.errors, ...document.warnings]) {
      const { line, col } = this.lines.linePos(pos[0]);
      const path = `${this.path}:${line}:${col}`;
      this.issues.push({ code: 'invalid_yaml', path, message: `${path}: ${message}` });
    }
    if (document.errors.length + document.warnings.length > 0) return undefined;
    this.transform?.(document, this.yaml);
    this.document = document;
    const { contents } = document;
    const isEmpty = contents === null || (this.yaml.isScalar(contents) && contents.value === null);
    if (isEmpty) {
      const expected = keys === undefined ? 'a mapping' : `a mapping of ${keys.join(', ')}`;
      this.add('missing_value', null, `the file is empty: expected ${expected}`);
    }
    return isEmpty ? undefined : contents;
  }

  private add(code: string, node: Node | null, message: string): void {
    const path = this.position(node);
    this.issues.push({ code, path, message: `${path}: ${message}` });
  }
}
