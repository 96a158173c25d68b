import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issue } from '../../src/issues';
import { YamlFile } from '../../src/yaml/yaml-file';
import type { YamlMap } from '../../src/yaml/yaml-map';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'yaml-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const KEYS = ['text', 'number', 'flag', 'list', 'map', 'maps', 'other'];

/** Reads a file; returns its root and the issues, which grow as values are read. */
function read(source: string): { root: YamlMap; issues: Issue[]; found: () => string[] } {
  const path = join(folder, 'file.yaml');
  writeFileSync(path, source);
  const issues: Issue[] = [];
  const root = new YamlFile(path, issues).root(KEYS);
  return { root, issues, found: () => issues.map((issue) => `${issue.path.slice(path.length + 1)} ${issue.code}`) };
}

describe('YamlFile', () => {
  it('reports a file that cannot be read, and nothing more', () => {
    const issues: Issue[] = [];
    const root = new YamlFile(join(folder, 'nothing.yaml'), issues).root(KEYS);
    expect([root.string('text'), root.map('map'), root.list('maps', []), root.keys()]).toEqual(['', undefined, [], []]);
    expect(issues.map(({ code, path }) => [code, path])).toEqual([
      ['unreadable_file', `${join(folder, 'nothing.yaml')}:1:1`],
    ]);
  });

  it.each([
    ['', '1:1 missing_value'],
    ['a: [', '1:5 invalid_yaml'],
    ['text: a\ntext: b\n', '2:1 invalid_yaml'],
    ['text: a\n---\ntext: b\n', '2:1 invalid_yaml'],
    ['text: !tag a\n', '1:7 invalid_yaml'],
    ['- a\n', '1:1 invalid_value'],
    ['just text', '1:1 invalid_value'],
  ])('reports for %j: %s', (source, issue) => {
    const { root, found } = read(source);
    expect(root.string('text')).toBe('');
    expect(found()).toEqual([issue]);
  });

  it('reports an alias without an anchor as a value and in a list', () => {
    const { root, found } = read('text: *a\nlist: [*b]\n');
    root.optionalString('text');
    root.strings('list');
    expect(found()).toEqual(['1:7 unresolved_alias', '2:8 unresolved_alias', '2:7 invalid_value']);
  });
});

describe('YamlMap', () => {
  it('reads values by type, aliases included', () => {
    const { root, issues } = read(
      'text: &t "a"\nnumber: 5\nflag: true\nlist: [*t, b]\nmap: {k: *t}\nmaps:\n  - text: x\n  - &m {text: *t}\n  - *m\n',
    );
    expect(root.string('text')).toBe('a');
    expect(root.get('text')).toBe('a');
    expect(root.number('number')).toBe(5);
    expect(root.text('number')).toBe('5');
    expect(root.boolean('flag')).toBe(true);
    expect(root.strings('list')).toEqual(['a', 'b']);
    expect(root.map('map')?.text('k')).toBe('a');
    expect(root.list('maps', KEYS).map((map) => map.string('text'))).toEqual(['x', 'a', 'a']);
    expect(root.oneOf('text', ['b', 'a'])).toBe('a');
    expect(issues).toEqual([]);
  });

  it('reads absent keys as undefined or empty, and reports only a required string', () => {
    const { root, found } = read('other: 1\n');
    expect([root.optionalString('text'), root.number('number'), root.boolean('flag')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([root.strings('list'), root.numbers('list'), root.list('maps', []), root.map('map')]).toEqual([
      [],
      undefined,
      [],
      undefined,
    ]);
    expect(found()).toEqual([]);
    expect(root.string('text')).toBe('');
    expect(found()).toEqual(['1:1 missing_value']);
  });

  it('reports each value of another type where it is', () => {
    const { root, found } = read('text: 5\nnumber: x\nflag: 1\nlist: [1, a]\nmap: [x]\nmaps: {}\n');
    expect([root.string('text'), root.number('number'), root.boolean('flag')]).toEqual(['', undefined, undefined]);
    expect([root.strings('list'), root.numbers('list')]).toEqual([[], undefined]);
    expect([root.map('map')?.keys(), root.list('maps', [])]).toEqual([[], []]);
    expect(found()).toEqual(
      ['1:7', '2:9', '3:7', '4:7', '4:7', '5:6', '6:7'].map((position) => `${position} invalid_value`),
    );
  });

  it('names a nested value by its path, and says what is accepted and what was found', () => {
    const { root, issues } = read('maps:\n  - text: a\n  - text: [1, 2, 3, 4]\n    unknown: x\n');
    for (const map of root.list('maps', ['text'])) map.string('text');
    const path = join(folder, 'file.yaml');
    expect(issues).toEqual([
      {
        code: 'unknown_key',
        path: `${path}:4:5`,
        expected: 'one of text',
        received: '"unknown"',
        message: `${path}:4:5: unknown key "unknown": expected one of text`,
      },
      {
        code: 'invalid_value',
        path: `${path}:3:11`,
        expected: 'a string',
        received: '[1, 2, 3, ...]',
        message: `${path}:3:11: invalid maps[1].text [1, 2, 3, ...]: expected a string`,
      },
    ]);
  });

  it('does not expand aliases that multiply', () => {
    const levels = Array.from({ length: 40 }, (_, i) => `  - &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`);
    const { root, found } = read(`other: &l0 x\nlist:\n${levels.join('\n')}\ntext: *l40\n`);
    expect([root.strings('list'), root.optionalString('text'), root.get('text')]).toEqual([[], undefined, undefined]);
    expect(found()).toHaveLength(2);
  });
});
