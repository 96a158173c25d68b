import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isClosed } from '../../src/catalog/labels';
import type { FindingCode } from '../../src/promql/finding';
import { readRegistry } from '../../src/registry/read-registry';
import { run } from '../servers/processes';
import { hasPromtool } from '../servers/prometheus';
import { check, SHOP } from './shop-metrics';
import { CORRECT, FAULTY } from './verdicts';

const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function promtool(command: 'check' | 'test', content: unknown): Promise<{ code: number | null; out: string }> {
  const file = join(folder, `${command}.yaml`);
  writeFileSync(file, stringify(content));
  const child = run('promtool', [command, 'rules', file]);
  const { code } = await child.ended;
  return { code, out: child.stdout() + child.stderr() };
}

const asRules = (queries: readonly string[]) => ({
  groups: [{ name: 'queries', rules: queries.map((expr, i) => ({ record: `query:${i}`, expr })) }],
});

/** Returns the series of an instance of the shop, with every value of closed labels. */
function shopSeries(): { series: string; values: string }[] {
  const result: { series: string; values: string }[] = [];
  const add = (name: string, labels: readonly string[], values: string) =>
    result.push({ series: `${name}{${labels.join(',')}}`, values });
  const target = ['job="shop"', 'instance="a"'];
  add('up', target, '1x240');
  for (const { name, instrument, labels, buckets } of readRegistry(SHOP).metrics) {
    const combinations = labels.reduce<string[][]>(
      (all, { label, values }) =>
        all.flatMap((each) => (isClosed(values) ? values : ['north']).map((value) => [...each, `${label}="${value}"`])),
      [target],
    );
    for (const each of combinations) {
      if (instrument === 'counter') add(name, each, '0+10x240');
      else if (instrument !== 'histogram') add(name, each, '7x240');
      else {
        for (const [i, bound] of (buckets ?? []).entries())
          add(`${name}_bucket`, [...each, `le="${bound}"`], `0+${i + 1}x240`);
        add(`${name}_bucket`, [...each, 'le="+Inf"'], `0+${(buckets?.length ?? 0) + 1}x240`);
        add(`${name}_sum`, each, '0+3x240');
        add(`${name}_count`, each, `0+${(buckets?.length ?? 0) + 1}x240`);
      }
    }
  }
  return result;
}

const testOf = (tests: readonly { expr: string; exp_samples: unknown[] }[]) => ({
  evaluation_interval: '15s',
  tests: [
    {
      interval: '15s',
      input_series: shopSeries(),
      promql_expr_test: tests.map((test) => ({ ...test, eval_time: '1h' })),
    },
  ],
});

/** Findings which say that a query returns nothing. */
const EMPTY: readonly FindingCode[] = [
  'bare_histogram',
  'missing_le',
  'not_a_histogram',
  'quantile_above_buckets',
  'threshold_unreachable',
  'mismatched_labels',
  'never_matches',
];

const hasVariable = (query: string) => /\$|\[\[/.test(query);
const isRefused = (code: FindingCode) => code === 'syntax_error' || code === 'type_error';

describe.skipIf(!hasPromtool)('promtool', () => {
  it('accepts every query that has no syntax error and no type error', async () => {
    const accepted = [...CORRECT, ...FAULTY.filter(([, code]) => !isRefused(code)).map(([query]) => query)];
    const { code, out } = await promtool('check', asRules(accepted.filter((query) => !hasVariable(query))));
    expect(code, out).toBe(0);
  });

  it.each(FAULTY.filter(([, code]) => isRefused(code)))('refuses %s for its %s', async (query) => {
    expect((await promtool('check', asRules([query]))).code).not.toBe(0);
  });

  it('returns nothing for the queries whose findings say so', async () => {
    const queries = FAULTY.filter(([query, code]) => EMPTY.includes(code) && !query.includes('unless')).map(
      ([query]) => query,
    );
    const { code, out } = await promtool('test', testOf(queries.map((expr) => ({ expr, exp_samples: [] }))));
    expect(queries.length).toBeGreaterThan(20);
    expect(code, out).toBe(0);
  });

  it('returns nothing for unknown metrics, labels and values whose findings are errors', async () => {
    const codes: readonly FindingCode[] = ['unknown_metric', 'unknown_label', 'impossible_label_value'];
    const queries = FAULTY.filter(([query, code]) => {
      return codes.includes(code) && check(query).every(({ severity }) => severity === 'error');
    }).map(([query]) => query);
    const { code, out } = await promtool('test', testOf(queries.map((expr) => ({ expr, exp_samples: [] }))));
    expect(queries.length).toBeGreaterThan(8);
    expect(code, out).toBe(0);
  });

  it('returns series for correct queries that do not depend on values', async () => {
    const depends = /[<>]|[=!]=\s|absent|unless|offset|ALERTS|scrape_|_OTHER|overflow|south/;
    const queries = CORRECT.filter((query) => !depends.test(query) && !hasVariable(query));
    const exists = queries.map((query) => ({
      expr: `count(\n${query}\n) > bool 0`,
      exp_samples: [{ labels: '{}', value: 1 }],
    }));
    const { code, out } = await promtool('test', testOf(exists));
    expect(queries.length).toBeGreaterThanOrEqual(40);
    expect(code, out).toBe(0);
  });
});
