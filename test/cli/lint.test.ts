import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counter, Registry as PromRegistry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from '../../src/cli/finding';
import { lintRegistry, RULES } from '../../src/cli/lint/lint-registry';
import { readRegistry } from '../../src/registry/read-registry';
import type { Registry } from '../../src/registry/registry';
import { ROOT } from '../servers/processes';
import { hasPromtool, promtoolCheckMetrics } from '../servers/prometheus';
import { meterbridge } from './command-line';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface MetricInput {
  readonly name: string;
  readonly instrument?: string;
  readonly unit?: string;
  readonly brief?: string;
  readonly labels?: readonly string[];
  readonly meterbridge?: object;
}

interface AttributeInput {
  readonly key: string;
  readonly type?: unknown;
  readonly annotations?: object;
}

/** Writes a registry, and reads it. */
function registryOf(metrics: readonly MetricInput[], attributes: readonly AttributeInput[] = []): Registry {
  const path = mkdtempSync(join(folder, 'registry-'));
  mkdirSync(join(path, 'registry'));
  writeFileSync(
    join(path, 'registry/manifest.yaml'),
    'schema_url: https://example.com/schemas/x/1.0.0\ndescription: X.\nstability: stable\n',
  );
  const content = {
    file_format: 'definition/2',
    attributes: attributes.map((attribute) => ({ type: 'string', brief: 'B.', stability: 'stable', ...attribute })),
    metrics: metrics.map(({ name, instrument = 'gauge', unit = '1', brief = 'B.', labels = [], ...more }) => ({
      name,
      instrument,
      unit,
      brief,
      stability: 'stable',
      attributes: labels.map((ref) => ({ ref })),
      annotations: more,
    })),
  };
  writeFileSync(join(path, 'registry/metrics.yaml'), stringify(content));
  return readRegistry(path);
}

const codes = (metrics: readonly MetricInput[], attributes?: readonly AttributeInput[]) =>
  lintRegistry(registryOf(metrics, attributes)).map(({ code }) => code);

const MEMBERS = Array.from({ length: 50 }, (_, i) => ({ id: `v${i}`, stability: 'stable' }));

/** For each rule: a definition that breaks it and no other, and one that is close to it and breaks none. */
const EXAMPLES: Readonly<Record<string, readonly [faulty: MetricInput, correct: MetricInput]>> = {
  counter_without_total: [
    { name: 'a_jobs', instrument: 'counter' },
    { name: 'a_jobs_total', instrument: 'counter' },
  ],
  total_without_counter: [{ name: 'a_jobs_total' }, { name: 'a_jobs' }],
  help_missing: [{ name: 'a', brief: ' ' }, { name: 'a' }],
  base_unit: [
    { name: 'a_milliseconds', unit: 'ms' },
    { name: 'a_seconds', unit: 's' },
  ],
  abbreviated_unit: [{ name: 'a_sec_wait' }, { name: 'a_second_wait' }],
  type_in_name: [{ name: 'a_gauge' }, { name: 'a_gauges' }],
  reserved_suffix: [{ name: 'a_count' }, { name: 'a_counted' }],
  colon_in_name: [{ name: 'jobs:old' }, { name: 'jobs_old' }],
  camel_case: [{ name: 'aB' }, { name: 'ab' }],
  reserved_label: [
    { name: 'a', labels: ['le'] },
    { name: 'a', labels: ['level'] },
  ],
  name_format: [{ name: 'jobs__old' }, { name: 'jobs_old' }],
  unit_format: [
    { name: 'a_seconds', unit: 'seconds' },
    { name: 'a_seconds', unit: 's' },
  ],
  unit_missing_in_name: [
    { name: 'a_wait', unit: 's' },
    { name: 'a_wait_seconds', unit: 's' },
  ],
  unit_differs_from_name: [
    { name: 'a_bytes', unit: 's' },
    { name: 'a_bytes', unit: 'By' },
  ],
  default_buckets: [
    { name: 'a_bytes', unit: 'By', instrument: 'histogram' },
    { name: 'a_seconds', unit: 's', instrument: 'histogram' },
  ],
  too_many_combinations: [
    { name: 'a', labels: ['x', 'y'] },
    { name: 'a', labels: ['x', 'level'] },
  ],
};
const ATTRIBUTES: readonly AttributeInput[] = [
  { key: 'le' },
  { key: 'level' },
  { key: 'x', type: { members: MEMBERS }, annotations: { meterbridge: { enum: 'X' } } },
  { key: 'y', type: { members: MEMBERS }, annotations: { meterbridge: { enum: 'Y' } } },
];

describe('the naming rules', () => {
  const used = (input: MetricInput) => ATTRIBUTES.filter(({ key }) => input.labels?.includes(key));

  it.each(Object.entries(EXAMPLES))(
    '%s reports a definition that breaks it, and none that does not',
    (rule, [faulty, correct]) => {
      expect(codes([faulty], used(faulty))).toEqual([rule]);
      expect(codes([correct], used(correct))).toEqual([]);
      const excepted = { ...faulty, meterbridge: { lint: { [rule]: 'A reason.' } } };
      expect(codes([excepted], used(faulty))).toEqual([]);
    },
  );

  it('apply to attributes', () => {
    const attributes = [
      { key: 'aB' },
      { key: 'a-b', annotations: { meterbridge: { label: 'ab' } } },
      { key: 'unused' },
    ];
    expect(codes([{ name: 'a', labels: ['aB', 'a-b'] }], attributes)).toEqual([
      'camel_case',
      'attribute_format',
      'attribute_format',
      'unused_attribute',
    ]);
    const names = [...Object.keys(EXAMPLES), 'attribute_format', 'unused_attribute'];
    expect([...RULES].sort()).toEqual(names.sort());
  });

  it('report an exception that has no effect or names no rule, at its place', () => {
    const registry = registryOf([{ name: 'a', meterbridge: { lint: { base_unit: 'X.', base_units: 'X.' } } }]);
    expect(lintRegistry(registry)).toMatchObject([
      { code: 'unused_exception', line: 13, column: 22 },
      { code: 'unknown_rule', line: 14, column: 23, suggestion: 'did you mean base_unit?' },
    ]);
  });

  it('hold for the six systems, whose exceptions have reasons', async () => {
    const systems = readdirSync(join(ROOT, 'semconv')).filter((name) => !name.includes('.'));
    const registries = systems.map((name) => readRegistry(join(ROOT, 'semconv', name)));
    expect(registries.flatMap(lintRegistry)).toEqual([]);
    const exceptions = registries.flatMap(({ metrics }) => metrics.flatMap(({ exceptions }) => exceptions));
    expect(exceptions.length).toBeGreaterThan(40);
    for (const { reason } of exceptions) expect(reason).toMatch(/^[A-Z].+\.$/);
    expect((await meterbridge(ROOT, 'lint', ...systems.map((name) => `semconv/${name}`))).code).toBe(0);
  });

  /** The rule of each message of promtool. */
  const MESSAGES: readonly [RegExp, string][] = [
    [/counter metrics should have "_total" suffix/, 'counter_without_total'],
    [/non-counter metrics should not have "_total" suffix/, 'total_without_counter'],
    [/no help text/, 'help_missing'],
    [/use base unit/, 'base_unit'],
    [/abbreviated units/, 'abbreviated_unit'],
    [/should not include type/, 'type_in_name'],
    [/should not have "_(bucket|count|sum)" suffix/, 'reserved_suffix'],
    [/should not contain ':'/, 'colon_in_name'],
    [/snake_case/, 'camel_case'],
    [/should not have "(le|quantile)" label/, 'reserved_label'],
  ];

  it.skipIf(!hasPromtool)('agree with promtool about names, whatever their type', async () => {
    const names = [
      ...['jobs', 'jobs_total', 'wait_milliseconds', 'wait_ms', 'wait_minutes', 'wait_minutes_total', 'wait_seconds'],
      ...[
        'size_kilobytes',
        'size_mb',
        'size_bits',
        'size_b_total',
        'heat_kelvin',
        'heat_kelvins',
        'heat_millikelvin',
        'heat_rankine',
        'x_inches',
        'x_yards',
        'x_ounces',
        'x_femtoseconds',
        'heat_fahrenheit',
        'way_miles',
      ],
      ...[
        'way_kilometers',
        'load_percent',
        'load_ratio',
        'a:b',
        'fooBar',
        'BarFoo',
        'x_gauge',
        'x_gauge_y',
        'x_counter',
      ],
      ...['x_histogram', 'x_summary_total', 'gauge_x', 'x_bucket', 'x_count', 'x_sum', 'x_sums', 'd_x', 'x_d', 'x_h_y'],
      ...[
        'energy_calories',
        'mass_pounds',
        'x_microvolts',
        'x_decagrams',
        'sec',
        'x_weeks',
        'x_days_total',
        'power_watts',
      ],
    ];
    for (const instrument of ['counter', 'gauge', 'histogram']) {
      const page = names
        .map((name) => {
          const samples =
            instrument === 'histogram'
              ? `${name}_bucket{le="+Inf"} 0\n${name}_sum 0\n${name}_count 0\n`
              : `${name} 1\n`;
          return `# HELP ${name} B.\n# TYPE ${name} ${instrument}\n${samples}`;
        })
        .join('');
      // Names whose samples collide are left out of histograms: one page or registry cannot hold them.
      const { findings } = await promtoolCheckMetrics(page);
      const theirs = findings.flatMap((line) => {
        const rule = MESSAGES.find(([pattern]) => pattern.test(line))?.[1];
        return rule === undefined ? [`not understood: ${line}`] : [`${line.split(' ')[0]} ${rule}`];
      });
      const ours = lintRegistry(registryOf(names.map((name) => ({ name, instrument })))).filter(({ code }) =>
        MESSAGES.some(([, rule]) => rule === code),
      );
      const described = ours.map(
        ({ code, message }) => `${names.find((name) => message.split(' ').includes(name))} ${code}`,
      );
      expect([...new Set(described)].sort(), instrument).toEqual([...new Set(theirs)].sort());
    }
  });
});

describe('meterbridge lint --cardinality', () => {
  it('counts the series of an endpoint by family and label, and compares them with the limits', async () => {
    const register = new PromRegistry();
    const orders = new Counter({
      name: 'shop_orders_total',
      help: "Customers' orders.",
      labelNames: ['result', 'country'],
      registers: [register],
    });
    for (let i = 0; i < 450; i++) orders.inc({ result: i % 2 === 0 ? 'paid' : '2nd try', country: `c${i}` });
    const server = createServer(async (_, response) => response.end(await register.metrics()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    try {
      const text = await meterbridge(ROOT, 'lint', '--cardinality', url, 'test/cli/shop', '--json');
      expect(text.stderr).toMatch(/shop_orders_total +450 +500 +country 450, result 2/);
      const { findings } = JSON.parse(text.stdout) as { findings: Finding[] };
      expect(findings.filter(({ file }) => file === url)).toMatchObject([
        {
          code: 'cardinality_limit_near',
          severity: 'warning',
          line: 1,
          suggestion: 'the label country has 450 values',
        },
      ]);
      const strict = await meterbridge(ROOT, 'lint', '--cardinality', url, '--limit', '450');
      expect([strict.code, strict.stdout]).toEqual([1, expect.stringContaining('[cardinality_limit_reached]')]);
    } finally {
      server.close();
    }
  });
});
