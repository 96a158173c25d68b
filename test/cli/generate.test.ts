import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT, run } from '../servers/processes';
import { meterbridge } from './command-line';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-'));
  cpSync(join(ROOT, 'test/registry/golden/shop'), join(folder, 'shop'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FILES = [
  'shop/README.md',
  'shop/slo-rules.yaml',
  'shop/threshold-rules.yaml',
  'shop/RUNBOOK.md',
  'shop/dashboard.json',
  'shop/kubernetes.yaml',
].map((path) => join(path));

const generate = (...args: string[]) => meterbridge(folder, 'generate', ...args);
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const expected = (name: string) => read(join('shop/expected', name));

describe('meterbridge generate', () => {
  it('writes the catalog, the reference page, the rules, the runbook and the dashboard of a registry', async () => {
    const { code, stdout } = await generate('shop', '--out', 'generated');
    expect(code).toBe(0);
    const files = [join('generated', 'shop.ts'), ...FILES];
    expect(stdout).toBe(files.map((path) => `wrote ${path}\n`).join(''));
    expect(read('generated/shop.ts')).toBe(expected('shop.txt'));
    for (const name of ['README.md', 'RUNBOOK.md']) expect(read(join('shop', name))).toBe(expected(name));
    expect(read('shop/slo-rules.yaml')).toContain('runbook: shop/RUNBOOK.md#shopordersbudgetburnpage');
  });

  it('writes only the catalog and the reference page of a registry without objectives, runbook and dashboard', async () => {
    for (const name of ['slo.yaml', 'runbook.yaml', 'dashboard.yaml', 'thresholds.yaml', 'scrape.yaml'])
      rmSync(join(folder, 'shop', name));
    expect((await generate('shop')).stdout).toBe(`wrote shop.ts\nwrote ${join('shop/README.md')}\n`);
  });

  it('imports defineCatalog from the given module', async () => {
    await generate('shop', '--import', '../metrics');
    expect(read('shop.ts')).toContain("import { defineCatalog } from '../metrics';");
  });

  it.each(['mjs', 'cjs'])('writes a JavaScript catalog that runs, with --language %s', async (language) => {
    expect((await generate('shop', '--language', language, '--out', 'generated')).code).toBe(0);
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(ROOT, join(folder, 'node_modules/meterbridge'));
    const program = `import('./generated/shop.${language}').then(({ catalog, ResultLabel }) =>
      console.log(catalog.metrics.ordersTotal.name, ResultLabel['2ndTry']))`;
    const child = run(process.execPath, ['--eval', program], { cwd: folder });
    expect([(await child.ended).code, child.stdout()]).toEqual([0, 'shop_orders_total 2nd try\n']);
  });

  it('writes nothing when every file is up to date', async () => {
    await generate('shop');
    expect(await generate('shop')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('lists the files that are out of date with --check, writes nothing, and exits with 1', async () => {
    const { code, stdout } = await generate('shop', '--check');
    expect(code).toBe(1);
    for (const path of ['shop.ts', ...FILES]) expect(stdout).toContain(`${path}:1:1: error [outdated]`);
    expect(existsSync(join(folder, 'shop.ts'))).toBe(false);
    await generate('shop');
    expect(await generate('shop', '--check')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each([
    ['README.md', '# My shop\n\nGenerated from scratch.\n'],
    ['slo-rules.yaml', 'groups: []\n'],
    ['dashboard.json', '{"uid": "my-shop", "tags": ["meterbridge"]}\n'],
  ])('overwrites no %s that it did not generate', async (name, text) => {
    writeFileSync(join(folder, 'shop', name), text);
    const { code, stdout } = await generate('shop');
    expect(code).toBe(1);
    expect(stdout).toContain(`${join('shop', name)}:1:1: error [foreign_file]`);
    expect(read(join('shop', name))).toBe(text);
    expect(existsSync(join(folder, 'shop.ts'))).toBe(false);
  });

  it('prints the issues of all folders with file, line and column', async () => {
    for (const name of ['metric-name-invalid', 'unknown-key']) {
      cpSync(join(ROOT, 'test/registry/cases', name), join(folder, name), { recursive: true });
    }
    const { code, stdout } = await generate('metric-name-invalid', 'unknown-key', 'nowhere');
    expect(code).toBe(2);
    const places = [...stdout.matchAll(/^(\S+?):\d+:\d+: /gm)].map(([, path]) => path);
    expect([...new Set(places)]).toEqual(
      [
        'metric-name-invalid/registry/metrics.yaml',
        'unknown-key/registry/metrics.yaml',
        'nowhere/registry/manifest.yaml',
        'nowhere/registry/metrics.yaml',
      ].map((path) => join(path)),
    );
  });

  it.each([
    ['rules.yaml', 'groups:\n  - name: "shop\n', 'invalid_yaml'],
    ['alerts.yaml', '- name: shop\n', 'invalid_value'],
    ['alerts.yaml', 'groups: shop\n', 'invalid_value'],
  ])('reports the place of the error in %s, which holds %j', async (name, text, issue) => {
    writeFileSync(join(folder, 'shop', name), text);
    const { code, stdout } = await generate('shop', '--json');
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: object[] };
    expect(findings[0]).toMatchObject({ code: issue, file: join('shop', name), line: expect.any(Number) });
    expect(existsSync(join(folder, 'shop.ts'))).toBe(false);
  });

  it('accepts rule files without rules', async () => {
    writeFileSync(join(folder, 'shop/rules.yaml'), '# no rules yet\n');
    expect((await generate('shop')).code).toBe(0);
  });

  it('refuses two folders that generate one file', async () => {
    cpSync(join(folder, 'shop'), join(folder, 'other/shop'), { recursive: true });
    const { code, stdout } = await generate('shop', 'other/shop', '--out', 'generated');
    expect(code).toBe(1);
    expect(stdout).toContain(`two folders generate ${join('generated/shop.ts')}`);
  });
});
