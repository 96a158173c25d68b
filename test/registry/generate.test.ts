import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readDashboard } from '../../src/registry/dashboard-spec';
import { catalogModule } from '../../src/registry/generate/catalog';
import { dashboardJson } from '../../src/registry/generate/dashboard';
import { referencePage } from '../../src/registry/generate/reference';
import { runbookPage } from '../../src/registry/generate/runbook-page';
import { sloRules } from '../../src/registry/generate/slo-rules';
import { readRegistry } from '../../src/registry/read-registry';
import { readRunbook } from '../../src/registry/runbook';
import { readObjectives } from '../../src/registry/slo';
import { ROOT, run } from '../servers/processes';
import { hasPromtool } from '../servers/prometheus';

const SHOP = join(__dirname, 'golden/shop');
const expected = (name: string) => join(SHOP, 'expected', name);
const registry = readRegistry(SHOP);
const objectives = readObjectives(join(SHOP, 'slo.yaml'));
const rules = sloRules(objectives, 'shop/RUNBOOK.md');

describe('the files that are generated from a registry', () => {
  it('include a catalog with a constant for each member and an escaped comment', async () => {
    await expect(catalogModule(registry, 'meterbridge/instruments')).toMatchFileSnapshot(expected('shop.txt'));
  });

  it('include a catalog that compiles, with names and values that the compiler checks', async () => {
    const folder = mkdtempSync(join(ROOT, 'test/registry/generated-'));
    try {
      writeFileSync(join(folder, 'shop.ts'), catalogModule(registry, 'meterbridge/instruments'));
      writeFileSync(
        join(folder, 'use.ts'),
        `import { metrics } from '@opentelemetry/api';
import { createInstruments } from 'meterbridge/instruments';
import { CountryLabel, catalog, ResultLabel } from './shop';
const shop = createInstruments(metrics.getMeter('shop'), catalog);
shop.ordersTotal.add(1, { result: ResultLabel['2ndTry'], country: CountryLabel.Fr });
shop['2ndFloorLamps'].add(-1);
// @ts-expect-error A value that the registry does not list.
shop.ordersTotal.add(1, { result: 'payed', country: 'de' });
`,
      );
      writeFileSync(join(folder, 'tsconfig.json'), '{"extends": "../../../tsconfig.json", "include": ["."]}');
      const tsc = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]);
      expect([(await tsc.ended).code, tsc.stdout()]).toEqual([0, '']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('include a reference page', async () => {
    await expect(referencePage(registry)).toMatchFileSnapshot(expected('README.md'));
  });

  it('include a runbook with a section for each alert', async () => {
    const page = runbookPage('shop', readRunbook(join(SHOP, 'runbook.yaml')), objectives.slos);
    await expect(page).toMatchFileSnapshot(expected('RUNBOOK.md'));
  });

  it('include rules whose texts and queries are unchanged by YAML, apostrophes and line breaks included', () => {
    const { groups } = parse(rules) as {
      groups: { rules: { alert?: string; expr: string; annotations?: Record<string, string> }[] }[];
    };
    const [first, ...others] = groups.flatMap((group) => group.rules);
    expect(first?.expr).toContain('sum(rate(shop_orders_total{result!="paid"}[5m]))\n  or vector(0)');
    const page = others.find(({ alert }) => alert === 'ShopOrdersBudgetBurnPage');
    expect(page?.annotations).toMatchObject({
      description: expect.stringContaining("Customers' orders are paid"),
      note: "An example's objective.",
      runbook: 'shop/RUNBOOK.md#shopordersbudgetburnpage',
    });
    expect(page?.expr).toContain('slo:shop_orders:error_ratio_rate1h > 14.4 * 0.01');
  });

  it.skipIf(!hasPromtool)('include rules that promtool accepts', async () => {
    const folder = mkdtempSync(join(ROOT, 'test/registry/generated-'));
    try {
      writeFileSync(join(folder, 'slo-rules.yaml'), rules);
      const promtool = run('promtool', ['check', 'rules', join(folder, 'slo-rules.yaml')]);
      expect((await promtool.ended).code, promtool.stdout() + promtool.stderr()).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('include a dashboard with the given panels and a panel for each metric', () => {
    const { uid, panels } = JSON.parse(dashboardJson(readDashboard(join(SHOP, 'dashboard.yaml')), registry));
    expect(uid).toBe('meterbridge-shop');
    const titles = (list: { title: string; panels?: { title: string }[] }[]): string[] =>
      list.flatMap(({ title, panels: inner = [] }) => [title, ...titles(inner)]);
    expect(titles(panels)).toEqual([
      'Orders',
      'Orders',
      'Lamps',
      'All metrics: Orders',
      'shop_orders_total',
      'All metrics: Packing',
      'shop_wait_seconds',
      'shop_2nd_floor_lamps',
      'shop_queue_length',
    ]);
  });
});
