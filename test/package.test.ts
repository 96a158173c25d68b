import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, run } from './servers/processes';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const pack = run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  expect((await pack.ended).code, pack.stderr()).toBe(0);
  const target = join(folder, 'node_modules/meterbridge');
  mkdirSync(target, { recursive: true });
  const archive = join(folder, pack.stdout().trim().split('\n').at(-1) ?? '');
  await run('tar', ['-xzf', archive, '-C', target, '--strip-components=1']).ended;
  // Its dependencies are linked from the checkout.
  for (const name of ['@opentelemetry', 'yaml', 'commander', 'uplot', 'bcryptjs', '@types', 'undici-types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
});
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
      for (const name of ['index.js', 'index.d.ts', 'register.js', 'cli/main.js', 'dashboard/style.css']) {
        expect(list.stdout()).toContain(`package/dist/${name}\n`);
      }
    } finally {
      rmSync(clone, { recursive: true });
    }
  });

  it('exports only files that it holds', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object };
    const targets = Object.values(exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target as Record<string, string>),
    );
    const missing = targets.filter((target) => !existsSync(join(folder, 'node_modules/meterbridge', target)));
    expect(missing).toEqual([]);
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
