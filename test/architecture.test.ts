import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Import, SourceProgram } from './architecture/source-program';
import { ROOT } from './servers/processes';

/** Files that every folder may import. */
const FOR_ALL: readonly string[] = [
  'issues',
  'diagnostics',
  'collection-errors',
  'timeout',
  'turns',
  'package-info',
  'is-object',
  'suppress-tracing',
];

/** The folders and top-level files of `src/`, and the folders or files that each may import besides {@link FOR_ALL}. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  issues: [],
  diagnostics: [],
  'collection-errors': [],
  timeout: [],
  turns: [],
  'package-info': [],
  'is-object': [],
  'suppress-tracing': [],
  yaml: [],
  catalog: [],
  instruments: ['catalog'],
  collection: ['catalog'],
  engine: ['collection', 'instruments/capabilities', 'catalog'],
  exposition: ['collection', 'catalog'],
  otlp: ['collection', 'catalog'],
  http: ['yaml'],
  exporter: ['exposition', 'http', 'collection', 'catalog'],
  processes: ['exporter', 'engine', 'collection', 'catalog'],
  dashboard: ['exporter', 'exposition', 'http', 'collection', 'catalog'],
  bridges: ['exporter', 'instrumentation', 'instruments', 'collection', 'catalog'],
  instrumentation: ['instruments', 'catalog', 'collection/enums'],
  systems: ['instruments', 'catalog'],
  registry: ['yaml', 'catalog'],
  promql: ['registry', 'catalog', 'yaml'],
  sdk: [
    'bridges',
    'systems',
    'processes',
    'dashboard',
    'exporter',
    'exposition',
    'otlp',
    'http',
    'engine',
    'collection',
    'instruments',
    'catalog',
    'instrumentation',
    'registry',
    'yaml',
  ],
  cli: ['registry', 'promql', 'sdk', 'exposition', 'catalog', 'yaml'],
  testing: ['sdk', 'engine', 'exporter', 'exposition', 'http', 'instruments', 'catalog'],
  register: ['sdk', 'processes/role'],
  'prom-client': ['bridges', 'sdk'],
  index: [
    'processes/role',
    'sdk',
    'otlp',
    'exporter',
    'exposition',
    'http',
    'engine',
    'instruments',
    'instrumentation',
    'bridges',
    'catalog',
    'collection',
  ],
};

/** Packages whose loading is restricted at run time. Types may be imported anywhere. */
const RESTRICTED_PACKAGES: readonly { package: RegExp; allowed: readonly string[] }[] = [
  {
    package: /^@opentelemetry\/(sdk-|resources|core|otlp-|exporter-metrics-)/,
    allowed: ['otlp', 'instrumentation', 'exporter/prometheus-exporter'],
  },
  { package: /^@opentelemetry\/exporter-prometheus/, allowed: ['exporter/prometheus-exporter'] },
  { package: /^@opentelemetry\/(instrumentation|host-metrics)/, allowed: ['instrumentation'] },
  { package: /^yaml/, allowed: ['yaml', 'registry'] },
  { package: /^commander$/, allowed: ['cli'] },
  { package: /^@grafana\//, allowed: ['registry'] },
  { package: /^@prometheus-io\//, allowed: ['promql'] },
];

/** Folders that load no package but this one, so that an instrumented library runs under any SDK. */
const API_ONLY: readonly string[] = ['catalog', 'instruments', 'systems', 'diagnostics', 'issues', 'is-object'];

const MAX_LINES = 300;

/** Files that may be longer, and why. */
const LONG_FILES: Readonly<Record<string, string>> = {
  'systems/generated/allsource': 'generated',
  'systems/generated/stream-processor': 'generated',
};

const program = new SourceProgram(ROOT);
afterAll(() => program.close());
const imports = program.imports();

/** Returns the folder of `src/` that a file belongs to, or a top-level file's own name. */
function folderOf(file: string): string {
  return file.split('/')[0] ?? file;
}

function expectNone(violations: readonly string[]): void {
  expect([...new Set(violations)]).toEqual([]);
}

describe('the source tree', () => {
  it('holds only folders whose imports are declared', () => {
    expectNone(
      [...new Set(program.files.map(folderOf))]
        .filter((folder) => !(folder in ARROWS))
        .map((f) => `${f} is not declared`),
    );
    expect(imports.length).toBeGreaterThan(100);
  });

  it('imports in the declared direction only', () => {
    const isAllowed = ({ importer, imported }: Import) => {
      const [from, to] = [folderOf(importer), folderOf(imported)];
      return (
        from === to ||
        FOR_ALL.includes(to) ||
        (ARROWS[from] ?? []).some((target) => target === to || target === imported)
      );
    };
    expectNone(imports.filter((each) => !each.isPackage && !isAllowed(each)).map(describeImport));
  });

  it('declares no import direction in both ways', () => {
    const both = Object.entries(ARROWS).flatMap(([from, targets]) =>
      targets.filter((to) => ARROWS[to]?.includes(from)).map((to) => `${from} and ${to}`),
    );
    expect(both).toEqual([]);
  });

  it('has no import cycle between files, type imports included', () => {
    const graph = new Map(program.files.map((file) => [file, [] as string[]]));
    for (const { importer, imported, isPackage } of imports) if (!isPackage) graph.get(importer)?.push(imported);
    expectNone(cycles(graph).map((cycle) => `cycle of ${cycle.join(', ')}`));
  });

  it('loads no other package than the OpenTelemetry API in catalogs, instruments and facades', () => {
    expectNone(
      imports
        .filter(({ importer, imported, isPackage, isType }) => {
          return isPackage && !isType && API_ONLY.includes(folderOf(importer)) && imported !== '@opentelemetry/api';
        })
        .map(describeImport),
    );
  });

  it('loads the OpenTelemetry SDK and other restricted packages only where they are needed', () => {
    expectNone(
      imports
        .filter(({ importer, imported, isPackage, isType }) => {
          const restriction = RESTRICTED_PACKAGES.find((each) => each.package.test(imported));
          return (
            isPackage &&
            !isType &&
            restriction !== undefined &&
            !restriction.allowed.some((allowed) => [importer, folderOf(importer)].includes(allowed))
          );
        })
        .map(describeImport),
    );
  });

  it('holds only types and constants in collection/', () => {
    expectNone(
      imports.filter(({ importer, isType }) => folderOf(importer) === 'collection' && !isType).map(describeImport),
    );
  });

  it('never constructs the stock MeterProvider', () => {
    expectNone(
      program
        .constructionsOf('MeterProvider', '@opentelemetry/sdk-metrics')
        .map((file) => `${file} constructs the stock MeterProvider`),
    );
  });

  it(`holds no file of more than ${MAX_LINES} lines without a reason`, () => {
    expectNone(
      program.files
        .filter((file) => program.lines(file) > MAX_LINES && !(file in LONG_FILES))
        .map((file) => `${file} has more than ${MAX_LINES} lines`),
    );
    for (const file of Object.keys(LONG_FILES)) expect(program.lines(file), file).toBeGreaterThan(MAX_LINES);
  });

  it('names every file and folder after what it holds', () => {
    const files = ['src', 'test', 'bench', 'examples'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }),
    );
    expectNone(files.filter((file) => /(^|\/)(utils?|helpers?|common|shared|misc)(\.|\/|$)/.test(file)));
  });
});

function describeImport({ importer, imported, isType }: Import): string {
  return `${importer} imports ${imported}${isType ? ' (types)' : ''}`;
}

/** Returns the strongly connected components of more than one node, by Tarjan's algorithm. */
function cycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): number => {
    const own = index.size;
    let lowest = own;
    index.set(node, own);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, index.get(next) ?? own);
    }
    if (lowest === own) {
      const component = stack.splice(stack.indexOf(node));
      if (component.length > 1) found.push(component.sort());
    }
    return lowest;
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found;
}
