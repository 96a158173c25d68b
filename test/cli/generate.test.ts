import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT, run } from '../servers/processes';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function cli(...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = run(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], { cwd: folder });
  const { code } = await child.ended;
  return { code, out: child.stdout() + child.stderr() };
}

const MANIFEST = 'schema_url: https://example.com/schemas/shop/1.0.0\ndescription: A shop.\nstability: stable\n';
const METRICS = `file_format: definition/2
attributes:
  - key: shop.result
    type:
      members:
        - id: paid
          value: paid
          stability: stable
        - id: refused
          value: refused
          stability: stable
    brief: How the order ended.
    stability: stable
    annotations:
      meterbridge:
        label: result
metrics:
  - name: shop_orders_total
    instrument: counter
    unit: '{order}'
    brief: Orders placed.
    stability: stable
    attributes:
      - ref: shop.result
  - name: shop_wait_seconds
    instrument: histogram
    unit: s
    brief: Time until an order is packed.
    stability: stable
    annotations:
      meterbridge:
        buckets: [1, 60, 3600]
`;

function writeRegistry(metrics = METRICS, manifest = MANIFEST): void {
  mkdirSync(join(folder, 'shop'), { recursive: true });
  writeFileSync(join(folder, 'shop/manifest.yaml'), manifest);
  writeFileSync(join(folder, 'shop/metrics.yaml'), metrics);
}

describe('meterbridge generate', () => {
  it('makes a catalog that compiles and a page, from a registry of your own', async () => {
    writeRegistry();
    expect(await cli('generate', 'shop', '--out', 'generated')).toEqual({
      code: 0,
      out: `wrote ${join('generated', 'shop.ts')}\nwrote ${join('shop', 'README.md')}\n`,
    });
    const catalog = readFileSync(join(folder, 'generated/shop.ts'), 'utf8');
    expect(catalog).toContain("import { defineCatalog } from 'meterbridge/instruments';");
    expect(catalog).toContain("labels: { result: ['paid', 'refused'] }");
    expect(catalog).toContain('buckets: [1, 60, 3600]');
    const page = readFileSync(join(folder, 'shop/README.md'), 'utf8');
    expect(page).toContain('| `shop_orders_total` | counter | `result` |');

    const use = `import { metrics } from '@opentelemetry/api';
import { createInstruments } from 'meterbridge/instruments';
import { catalog, ResultLabel } from './shop';
const { ordersTotal, waitSeconds } = createInstruments(metrics.getMeter('shop'), catalog);
ordersTotal.add(1, { result: ResultLabel.Paid });
waitSeconds.record(1);
`;
    const inside = mkdtempSync(join(ROOT, 'test/cli/generated-'));
    try {
      writeFileSync(join(inside, 'shop.ts'), catalog);
      writeFileSync(join(inside, 'use.ts'), use);
      writeFileSync(join(inside, 'tsconfig.json'), '{"extends": "../../../tsconfig.json", "include": ["."]}');
      const tsc = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', inside]);
      expect([(await tsc.ended).code, tsc.stdout()]).toEqual([0, '']);
    } finally {
      rmSync(inside, { recursive: true });
    }
  });

  it('checks without writing, and lists what is stale', async () => {
    writeRegistry();
    const stale = await cli('generate', 'shop', '--check');
    expect(stale.code).toBe(1);
    expect(stale.out).toBe(
      `shop.ts is not what its registry generates\n${join('shop', 'README.md')} is not what its registry generates\n`,
    );
    await cli('generate', 'shop');
    expect(await cli('generate', 'shop', '--check')).toEqual({ code: 0, out: '' });
    expect(await cli('generate', 'shop')).toEqual({ code: 0, out: '' });
  });

  it.each<[string, string, string]>([
    [
      'an instrument that there is not',
      METRICS.replace('instrument: counter', 'instrument: summary'),
      'shop/metrics.yaml:19: instrument is one of counter, updowncounter, gauge, histogram, given "summary"',
    ],
    [
      'a reference to nothing',
      METRICS.replace('ref: shop.result', 'ref: shop.resolt'),
      'no attribute has the key "shop.resolt"',
    ],
    [
      'an unknown key',
      METRICS.replace('    brief: Orders placed.', '    breif: Orders placed.'),
      'unknown key "breif"; accepted: name, instrument',
    ],
    [
      'buckets that are no numbers',
      METRICS.replace('[1, 60, 3600]', '[1, soon]'),
      'buckets is a list of numbers, given [1,"soon"]',
    ],
    [
      'a metric that is there twice',
      METRICS.replace('shop_wait_seconds', 'shop_orders_total'),
      'metric shop_orders_total is defined twice',
    ],
    ['no YAML', 'a: [', 'shop/metrics.yaml:1:'],
    ['another file format', METRICS.replace('definition/2', 'definition/1'), 'file_format is definition/2'],
  ])('refuses %s, with file and line', async (_, metrics, message) => {
    writeRegistry(metrics);
    const { code, out } = await cli('generate', 'shop');
    expect(code).toBe(1);
    expect(out).toContain(message);
    expect(out).toMatch(/^shop\/metrics\.yaml:\d+: /m);
  });

  it('refuses a schema_url without a version, and a folder that is not there', async () => {
    writeRegistry(METRICS, MANIFEST.replace('https://example.com/schemas/shop/1.0.0', 'shop'));
    expect((await cli('generate', 'shop')).out).toContain(
      'shop/manifest.yaml:1: schema_url is http[s]://host/path/version',
    );
    const { code, out } = await cli('generate', 'nothing');
    expect(code).toBe(1);
    expect(out).toContain('nothing/manifest.yaml:1: cannot be read');
  });

  it('makes burn-rate alerts and a dashboard, where a registry asks for them', async () => {
    writeRegistry();
    writeFileSync(
      join(folder, 'shop/slo.yaml'),
      `slos:
  - name: shop-orders
    description: Orders are paid
    objective: 99
    error_query: 'sum(rate(shop_orders_total{result="refused"}[$window]))'
    total_query: 'sum(rate(shop_orders_total[$window]))'
`,
    );
    writeFileSync(
      join(folder, 'shop/dashboard.yaml'),
      `title: Shop
rows:
  - title: Orders
    panels:
      - title: Orders
        description: Orders a second.
        queries: [{ expr: 'sum(rate(shop_orders_total{$sel}[$__rate_interval]))', legend: orders }]
`,
    );
    expect((await cli('generate', 'shop')).code).toBe(0);
    const rules = readFileSync(join(folder, 'shop/slo-rules.yaml'), 'utf8');
    expect(rules).toContain('record: slo:shop_orders:error_ratio_rate3d');
    expect(rules).toContain('alert: ShopOrdersBudgetBurnPage');
    expect(rules).toContain(
      'slo:shop_orders:error_ratio_rate1h > 14.4 * 0.01 and slo:shop_orders:error_ratio_rate5m > 14.4 * 0.01',
    );
    const { uid, panels } = JSON.parse(readFileSync(join(folder, 'shop/dashboard.json'), 'utf8'));
    expect(uid).toBe('meterbridge-shop');
    expect(panels.map(({ title }: { title: string }) => title)).toEqual(['Orders', 'Orders', 'All families: Metrics']);
  });

  it.each([
    ['slo.yaml', 'slos:\n  - name: a\n    objective: 200\n', 3, 'objective is a percentage between 0 and 100'],
    ['slo.yaml', 'slos:\n  - nam: a\n', 2, 'unknown key "nam"; accepted: name, description, objective'],
    [
      'dashboard.yaml',
      'title: T\nrows:\n  - panels:\n      - type: pie\n',
      4,
      'type is one of timeseries, stat, given "pie"',
    ],
    ['dashboard.yaml', 'title: T\nrows: none\n', 2, 'rows is a list'],
  ])('refuses a %s that is at fault, with its line', async (file, source, line, message) => {
    writeRegistry();
    writeFileSync(join(folder, 'shop', file), source);
    const { code, out } = await cli('generate', 'shop');
    expect(code).toBe(1);
    expect(out).toContain(`${join('shop', file)}:${line}: ${message}`);
  });

  it('shows how it is used', async () => {
    for (const args of [[], ['--help'], ['generate']])
      expect((await cli(...args)).out).toContain('meterbridge generate REGISTRY');
    expect((await cli('nonsense')).code).toBe(2);
    expect((await cli('generate', 'shop', '--nonsense')).code).toBe(2);
  });
});
