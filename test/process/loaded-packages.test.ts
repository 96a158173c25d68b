import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, run } from '../servers/processes';

const DIST = join(ROOT, 'dist');

interface Loaded {
  /** The OpenTelemetry packages. */
  readonly packages: readonly string[];
  /** The files of the build. */
  readonly files: readonly string[];
}

/** Runs a program and returns what it has loaded when it calls `list()`. */
async function listLoaded(program: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Loaded> {
  const source = `const list = () => console.log(JSON.stringify(Object.keys(require.cache)));\n${program}`;
  const child = run(process.execPath, [...args, '-e', source], { env: { ...process.env, ...env } });
  expect((await child.ended).code, child.stderr()).toBe(0);
  const paths = JSON.parse(child.stdout()) as string[];
  const packages = paths.map((path) => /node_modules\/(@opentelemetry\/[^/]+)/.exec(path)?.[1]);
  return {
    packages: [...new Set(packages.filter((name) => name !== undefined))],
    files: paths
      .filter((path) => path.startsWith(DIST))
      .map((path) => relative(DIST, path))
      .sort(),
  };
}

it('a start for Prometheus alone loads no OpenTelemetry package but the API', async () => {
  const { packages } = await listLoaded(`
require('meterbridge').start({ http: false, prometheus: { port: 0 } }).then(async (sdk) => {
  const catalog = require('meterbridge/instruments').defineCatalog({
    name: 'loaded',
    metrics: { loads: { name: 'loads_total', instrument: 'counter', description: 'Loads' } },
  });
  sdk.instruments(catalog).loads.add(1);
  if ((await sdk.scrape()).status === 200) list();
  await sdk.shutdown();
});`);
  expect(packages).toEqual(['@opentelemetry/api']);
});

it('a preload for Prometheus alone loads few files, and no OpenTelemetry package but the API', async () => {
  const preload = ['--require', join(DIST, 'register.js')];
  expect(await listLoaded('list(); process.exit();', preload, { OTEL_EXPORTER_PROMETHEUS_PORT: '0' })).toEqual({
    packages: ['@opentelemetry/api'],
    files: [
      'chunks/instruments.js',
      'chunks/launchers.js',
      'chunks/rolldown-runtime.js',
      'instrumentation/http/measure-http.js',
      'instrumentation/runtime/measure-runtime.js',
      'instrumentation/runtime/prom-client-metrics.js',
      'register.js',
      'sdk/start.js',
    ],
  });
});

it('a preload for Prometheus alone loads no module of Node.js for encryption or compression', async () => {
  const list = async (...args: string[]) => {
    const child = run(
      process.execPath,
      [...args, '-e', 'console.log(process.moduleLoadList.join()); process.exit();'],
      {
        env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0' },
      },
    );
    expect((await child.ended).code).toBe(0);
    return child.stdout().trim().split(',');
  };
  const bare = await list();
  const loaded = (await list('--require', join(DIST, 'register.js'))).filter((name) => !bare.includes(name));
  expect(loaded).toContain('NativeModule http');
  const unused = ['crypto', 'https', 'tls', 'zlib'].map((name) => `NativeModule ${name}`);
  expect(unused.filter((name) => loaded.includes(name))).toEqual([]);
});

it('a preload loads nothing but itself in a launcher', async () => {
  const { files, packages } = await listLoaded(
    `process.argv[1] = '/usr/lib/node_modules/npm/bin/npm-cli.js';
require(${JSON.stringify(join(DIST, 'register.js'))});
list();`,
  );
  expect({ files, packages }).toEqual({ files: ['chunks/launchers.js', 'register.js'], packages: [] });
});

it('facades load the instruments and no SDK', async () => {
  const { files, packages } = await listLoaded("require('meterbridge/systems/hodei'); list();");
  expect({ files, packages }).toEqual({
    files: ['chunks/instruments.js', 'systems/hodei.js'],
    packages: ['@opentelemetry/api'],
  });
});

it('each module is in one file of the build, so that no entry point has a copy of its own', () => {
  const maps = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js.map'));
  const sources = maps.flatMap((file) => {
    const map = JSON.parse(readFileSync(join(DIST, file), 'utf8')) as { readonly sources: readonly string[] };
    return map.sources.map((source) => posix.join('dist', posix.dirname(file), source));
  });
  expect(sources.length).toBeGreaterThan(300);
  expect(sources).toContain('src/sdk/start.ts');
  expect(sources.filter((source, i) => sources.indexOf(source) < i)).toEqual([]);
});

it('stack traces name the source files if Node.js uses source maps', async () => {
  const program = `
try {
  require('meterbridge').defineCatalog({ name: 'x', metrics: { a: {} } });
} catch (error) {
  console.log(error.stack);
}`;
  const child = run(process.execPath, ['--enable-source-maps', '-e', program]);
  await child.ended;
  const [, line] = /src\/catalog\/define\.ts:(\d+):/.exec(child.stdout()) ?? [];
  const source = readFileSync(join(ROOT, 'src/catalog/define.ts'), 'utf8').split('\n');
  expect(source[Number(line) - 1]).toContain('throw new CatalogError');
});
