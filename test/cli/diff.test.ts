import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareRegistries } from '../../src/cli/diff/compare-registries';
import type { Finding } from '../../src/cli/finding';
import { readRegistry } from '../../src/registry/read-registry';
import { ROOT } from '../servers/processes';
import { meterbridge } from './command-line';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'diff-'));
  for (const name of ['old', 'new']) {
    cpSync(join(ROOT, 'test/registry/golden/shop/registry'), join(folder, name, 'registry'), { recursive: true });
  }
  file = join(folder, 'new/registry/metrics.yaml');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function replace(text: string, replacement: string): void {
  const content = readFileSync(file, 'utf8');
  expect(content).toContain(text);
  writeFileSync(file, content.replace(text, replacement));
}

function changes(): string[] {
  const [before, after] = ['old', 'new'].map((name) => readRegistry(join(folder, name)).metrics);
  return compareRegistries(before ?? [], after ?? []).map(({ code, severity }) => `${severity} ${code}`);
}

describe('the comparison of registries', () => {
  it('finds nothing in registries with the same metrics', () => {
    expect(changes()).toEqual([]);
  });

  it.each([
    ['error renamed_metric', 'name: shop_wait_seconds', 'name: shop_waiting_seconds'],
    ['error retyped_metric', 'instrument: updowncounter', 'instrument: counter'],
    ['note changed_instrument', 'instrument: updowncounter', 'instrument: gauge'],
    ['error rebucketed_metric', '[1, 60, 3600]', '[1, 3600]'],
    ['warning rebucketed_metric', '[1, 60, 3600]', '[1, 60, 600, 3600]'],
    ['error changed_unit', 'unit: s', 'unit: min'],
    ['note changed_help', 'Lamps that are on.', 'Lamps.'],
    ['warning removed_initialization', 'http: duration', 'initialize: false'],
    ['warning lowered_limit', 'cardinality_limit: 500', 'cardinality_limit: 400'],
    ['error removed_label', '{ ref: shop.result }, ', ''],
    ['error removed_value', '        - { id: 2nd-try, value: 2nd try, stability: stable }\n', ''],
    ['note added_value', 'value: 2nd try, stability: stable }', 'value: 2nd try }\n        - { id: gone }'],
    ['warning opened_label', 'label: result', 'open: true, label: result'],
    [
      'warning added_label',
      '    brief: Lamps that are on.',
      '    attributes: [{ ref: country }]\n    brief: Lamps that are on.',
    ],
  ])('reports "%s" when "%s" becomes "%s"', (expected, text, replacement) => {
    replace(text, replacement);
    expect(changes()).toEqual([expected]);
  });

  it('reports a label whose values become closed', () => {
    const other = file.replace('new', 'old');
    replace('label: result', 'open: true, label: result');
    const [opened, closed] = [readFileSync(file, 'utf8'), readFileSync(other, 'utf8')];
    writeFileSync(file, closed);
    writeFileSync(other, opened);
    expect(changes()).toEqual(['warning closed_label']);
  });

  it('reports a metric that is removed and a different one that is added', () => {
    replace(
      'name: shop_2nd_floor_lamps\n    instrument: updowncounter',
      'name: shop_customers_total\n    instrument: counter',
    );
    expect(changes()).toEqual(['error removed_metric', 'note added_metric']);
  });

  it('finds the successor that a deprecation names', () => {
    const lamps = 'name: shop_2nd_floor_lamps\n';
    replace(lamps, 'name: shop_lights\n');
    const old = file.replace('new', 'old');
    const deprecated = `${lamps}    deprecated: { reason: renamed, renamed_to: shop_lights }\n`;
    writeFileSync(old, readFileSync(old, 'utf8').replace(lamps, deprecated).replace('Lamps that are on.', 'Lamps.'));
    expect(changes()).toEqual(['error renamed_metric', 'note changed_help']);
  });
});

describe('meterbridge diff', () => {
  it('reports the queries that break, and exits with 1', async () => {
    replace('[1, 60, 3600]', '[1, 30]');
    replace('name: shop_orders_total', 'name: shop_purchases_total');
    writeFileSync(
      join(folder, 'rules.yaml'),
      `groups:
  - name: shop
    rules:
      - alert: Slow
        expr: histogram_quantile(0.9, sum by (le) (rate(shop_wait_seconds_bucket[5m]))) > 60
      - record: job:shop_orders:rate5m
        expr: sum by (job) (rate(shop_orders_total[5m]))
      - record: job:nonsense:rate5m
        expr: sum by (job) (rate(shop_nonsense_total[5m]))
`,
    );
    const { code, stdout } = await meterbridge(folder, 'diff', 'old', 'new', '--queries', 'rules.yaml', '--json');
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    const broken = findings.filter((each) => each.code === 'broken_query');
    expect(broken).toMatchObject([
      { file: 'rules.yaml', line: 5, message: expect.stringMatching(/^the query breaks: .+/) },
      { file: 'rules.yaml', line: 7, column: expect.any(Number) },
    ]);
    const others = findings.filter((each) => each.code !== 'broken_query').map((each) => each.code);
    expect(others).toEqual(['renamed_metric', 'rebucketed_metric', 'unchanged_version']);
  });

  it('exits with 2 for a file of queries that cannot be read, which is no change of the registry', async () => {
    const { code, stdout } = await meterbridge(folder, 'diff', 'old', 'new', '--queries', 'missing.yaml', '--json');
    expect(code).toBe(2);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    expect(findings.map((each) => each.code)).toEqual(['unreadable_file']);
  });

  it('exits with 0 when a registry is the same or only has additions', async () => {
    const same = await meterbridge(folder, 'diff', 'old', 'new');
    expect(same).toEqual({ code: 0, stdout: 'new has the same metrics as old\n', stderr: '' });
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8')}  - { name: shop_doors, instrument: gauge, unit: '{door}', brief: Doors., stability: stable }\n`,
    );
    const { code, stdout } = await meterbridge(folder, 'diff', 'old', 'new');
    expect([code, stdout]).toEqual([0, expect.stringContaining('note [added_metric] shop_doors is new')]);
  });
});
