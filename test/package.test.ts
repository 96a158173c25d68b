import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../src/package-info';
import { ROOT, run } from './servers/processes';

interface Target {
  readonly types: string;
  readonly default: string;
}

const MANIFEST = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Target | { readonly import: Target; readonly require: Target }>>;
  readonly typesVersions: { readonly '*': Readonly<Record<string, readonly string[]>> };
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** A folder into which npm has installed the packed package, as an app does. Nothing of the checkout is in it. */
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const pack = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  expect((await pack.ended).code, pack.stderr()).toBe(0);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const archive = `./${pack.stdout().trim().split('\n').at(-1)}`;
  const types = `@types/node@${MANIFEST.devDependencies['@types/node']}`;
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const install = run('npm', ['install', ...options, archive, types], { cwd: folder });
  expect((await install.ended).code, install.stderr()).toBe(0);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function node(name: string, source: string, ...flags: string[]): Promise<{ code: number | null; out: string }> {
  writeFileSync(join(folder, name), source);
  const child = run(process.execPath, [...flags, join(folder, name)], {
    cwd: folder,
    env: { ...process.env, OTEL_METRICS_EXPORTER: 'console' },
  });
  const { code } = await child.ended;
  return { code, out: child.stdout() + child.stderr() };
}

/** Everything that a clone has and a package is built from. */
const SOURCES = [
  'package.json',
  'bundle.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsconfig.page.json',
  'src',
  'LICENSE',
  'README.md',
];

describe('the packed package', () => {
  it('holds the build when it is packed from a clone that was not built', async () => {
    const clone = mkdtempSync(join(tmpdir(), 'clone-'));
    try {
      for (const name of SOURCES) cpSync(join(ROOT, name), join(clone, name), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
      const pack = run('npm', ['pack', '--silent', '--pack-destination', clone], { cwd: clone });
      expect((await pack.ended).code, pack.stderr()).toBe(0);
      const list = run('tar', ['-tzf', join(clone, pack.stdout().trim().split('\n').at(-1) ?? '')]);
      await list.ended;
      for (const name of ['index.js', 'index.d.ts', 'register.js', 'cli/main.js', 'dashboard/assets.js']) {
        expect(list.stdout()).toContain(`package/dist/${name}\n`);
      }
    } finally {
      rmSync(clone, { recursive: true });
    }
  });

  it('exports only files that it holds', () => {
    const files = (target: string | object): string[] =>
      typeof target === 'string' ? [target] : Object.values(target).flatMap(files);
    const missing = files(MANIFEST.exports).filter(
      (target) => !existsSync(join(folder, 'node_modules/meterbridge', target)),
    );
    expect(missing).toEqual([]);
  });

  it('names the types of every entry point for module resolution "node10", which does not read exports', () => {
    const subpaths = Object.entries(MANIFEST.exports).flatMap(([name, target]) =>
      typeof target === 'string' || name === '.'
        ? []
        : [[name.slice('./'.length), ['require' in target ? target.require.types : target.types]]],
    );
    expect(MANIFEST.typesVersions['*']).toEqual(Object.fromEntries(subpaths));
  });

  it('has the name and the version of its manifest as constants', () => {
    expect([PACKAGE_NAME, PACKAGE_VERSION]).toEqual([MANIFEST.name, MANIFEST.version]);
  });

  it('holds every file that its README links to', () => {
    const target = join(folder, 'node_modules/meterbridge');
    const links = [...readFileSync(join(target, 'README.md'), 'utf8').matchAll(/\]\(([^)\s#]+)/g)].map(
      ([, link = '']) => link,
    );
    const files = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !existsSync(join(target, file)))).toEqual([]);
  });

  it('holds a source map, with the source, of every module', () => {
    const dist = join(folder, 'node_modules/meterbridge/dist');
    const modules = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
    const without = modules.filter((file) => {
      if (!existsSync(join(dist, `${file}.map`))) return true;
      const { sourcesContent } = JSON.parse(readFileSync(join(dist, `${file}.map`), 'utf8')) as {
        sourcesContent?: string[];
      };
      return !sourcesContent?.[0];
    });
    expect(without.sort()).toEqual([
      // The interoperability functions of the bundler.
      join('chunks', 'rolldown-runtime.js'),
      // Text only.
      join('dashboard', 'assets.js'),
      // Nothing but names of another file.
      'diagnostics.js',
      join('instruments', 'index.js'),
    ]);
  });

  it('installs one copy of each OpenTelemetry package, and every peer dependency is met', async () => {
    const list = run('npm', ['ls', '--all', '--parseable', '--long'], { cwd: folder });
    expect((await list.ended).code, list.stderr()).toBe(0);
    const names: readonly string[] = list.stdout().match(/@opentelemetry\/[a-z-]+(?=@)/g) ?? [];
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name, i) => names.indexOf(name) < i)).toEqual([]);
  });

  it('can be required', async () => {
    const source = `const { start } = require('meterbridge');
const { hodei } = require('meterbridge/systems/hodei');
const { defineCatalog } = require('meterbridge/instruments');
start({ systems: [hodei], exporters: ['none'] }).then(async (sdk) => {
  hodei.setJobsQueued(3);
  console.log(typeof defineCatalog, /^hodei_jobs_queued 3$/m.test((await sdk.scrape()).body));
  await sdk.shutdown();
});`;
    expect(await node('app.cjs', source)).toEqual({ code: 0, out: 'function true\n' });
  });

  it('can be imported', async () => {
    const source = `import { start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { defineCatalog } from 'meterbridge/instruments';
const sdk = await start({ systems: [hodei], exporters: ['none'] });
hodei.setJobsQueued(3);
console.log(typeof defineCatalog, /^hodei_jobs_queued 3$/m.test((await sdk.scrape()).body));
await sdk.shutdown();`;
    expect(await node('app.mjs', source)).toEqual({ code: 0, out: 'function true\n' });
  });

  it('can be preloaded', async () => {
    const source = "require('meterbridge/systems/hodei').hodei.setJobsQueued(3);";
    const { code, out } = await node('job.cjs', source, '--require', 'meterbridge/register');
    expect(code).toBe(0);
    expect(out).toMatch(/name: 'hodei_jobs_queued'[\s\S]*value: 3/);
  });

  it('serves the dashboard and its assets', async () => {
    const source = `const { start } = require('meterbridge');
start({ exporters: ['prometheus'], prometheus: { host: '127.0.0.1', port: 0 } }).then(async (sdk) => {
  const base = new URL(sdk.urls[0]).origin;
  for (const path of ['', '/modules/dashboard/page/client.js', '/style.css', '/uplot.js', '/uplot.css', '/data.json']) {
    const response = await fetch(base + '/dashboard' + path);
    console.log(response.status, (await response.text()).length > 10);
  }
  await sdk.shutdown();
});`;
    expect(await node('page.cjs', source)).toEqual({ code: 0, out: '200 true\n'.repeat(6) });
  });

  it.each(['nodenext', 'bundler'])('has types that compile with moduleResolution %s', async (resolution) => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { start, type Sdk } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { defineCatalog } from 'meterbridge/instruments';
hodei.recordJobScheduled('t');
export const catalog = defineCatalog({ name: 'x', metrics: {} });
export const sdk: Promise<Sdk> = start({ systems: [hodei] });
`,
    );
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          target: 'es2022',
          module: resolution === 'bundler' ? 'esnext' : 'nodenext',
          moduleResolution: resolution,
          types: ['node'],
          skipLibCheck: false,
        },
        files: ['use.ts'],
      }),
    );
    const tsc = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]);
    expect([(await tsc.ended).code, tsc.stdout()]).toEqual([0, '']);
  });

  it('runs its command line', async () => {
    const child = run(process.execPath, [join(folder, 'node_modules/meterbridge/dist/cli/main.js'), '--help']);
    expect((await child.ended).code).toBe(0);
    expect(child.stdout()).toContain('generate');
  });
});
