import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './servers/processes';

const SRC = join(ROOT, 'src');

/** What each part of the house may import, itself apart. `types` may be imported as types only. */
const ARROWS: Readonly<Record<string, { readonly values: readonly string[]; readonly types?: readonly string[] }>> = {
  diagnostics: { values: [] },
  catalog: { values: ['diagnostics'] },
  systems: { values: ['catalog'] },
  engine: { values: ['catalog', 'diagnostics'] },
  prometheus: { values: ['catalog', 'diagnostics'], types: ['engine'] },
  bridges: { values: ['catalog', 'diagnostics'] },
  server: { values: ['prometheus', 'catalog', 'diagnostics'], types: ['engine'] },
  sdk: { values: ['server', 'bridges', 'prometheus', 'engine', 'catalog', 'systems', 'diagnostics'] },
  cli: { values: ['sdk', 'server', 'prometheus', 'engine', 'catalog', 'diagnostics'] },
  index: { values: ['sdk', 'server', 'bridges', 'prometheus', 'engine', 'catalog', 'diagnostics'] },
  register: { values: ['sdk', 'diagnostics'] },
};

/** Packages that only these parts may import at run time. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  diagnostics: ['@opentelemetry/api'],
  catalog: ['@opentelemetry/api'],
  systems: ['@opentelemetry/api'],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly isType: boolean;
}

function importsOf(file: string): Import[] {
  const source = readFileSync(file, 'utf8');
  const found: Import[] = [];
  for (const [, type, names = '', from = ''] of source.matchAll(
    /^(?:import|export) (type )?([^;]*?)from '([^']+)';/gms,
  )) {
    const members =
      /\{([^}]*)\}/s
        .exec(names)?.[1]
        ?.split(',')
        .map((name) => name.trim())
        .filter(Boolean) ?? [];
    const isType = type !== undefined || (members.length > 0 && members.every((name) => name.startsWith('type ')));
    found.push({ file, from, isType });
  }
  for (const [, from = ''] of source.matchAll(/(?<!typeof )(?:require|import)\('([^']+)'\)/g)) {
    found.push({ file, from, isType: false });
  }
  return found;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const imports = files.flatMap((file) => importsOf(join(SRC, file)));

/** The part of the house that a file of `src/` belongs to. */
function partOf(path: string): string {
  return (relative(SRC, path).split('/')[0] ?? '').replace(/\.ts$/, '');
}

describe('the house', () => {
  it('has no rooms but these', () => {
    expect([...new Set(files.map((file) => partOf(join(SRC, file))))].sort()).toEqual(Object.keys(ARROWS).sort());
    expect(imports.length).toBeGreaterThan(100);
  });

  it('is imported downwards only', () => {
    const wrong = imports
      .filter(({ from }) => from.startsWith('.'))
      .filter(({ file, from, isType }) => {
        const [importer, imported] = [partOf(file), partOf(resolve(dirname(file), from))];
        const { values = [], types = [] } = ARROWS[importer] ?? {};
        return importer !== imported && !values.includes(imported) && !(isType && types.includes(imported));
      })
      .map(({ file, from }) => `${relative(SRC, file)} imports ${from}`);
    expect(wrong).toEqual([]);
  });

  it('keeps catalogs and facades to the OpenTelemetry API alone', () => {
    const wrong = imports
      .filter(({ file, from, isType }) => {
        const allowed = OUTSIDE[partOf(file)];
        return !from.startsWith('.') && !isType && allowed !== undefined && !allowed.includes(from);
      })
      .map(({ file, from }) => `${relative(SRC, file)} imports ${from}`);
    expect(wrong).toEqual([]);
  });
});
