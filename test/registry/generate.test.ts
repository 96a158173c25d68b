import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readDashboard } from '../../src/registry/dashboard-spec';
import { catalogModule } from '../../src/registry/generate/catalog';
import { dashboardJson } from '../../src/registry/generate/dashboard';
import { kubernetesManifests } from '../../src/registry/generate/kubernetes';
import { referencePage } from '../../src/registry/generate/reference';
import { runbookPage } from '../../src/registry/generate/runbook-page';
import { sloRules } from '../../src/registry/generate/slo-rules';
import { thresholdRules } from '../../src/registry/generate/threshold-rules';
import { readRegistry } from '../../src/registry/read-registry';
import { readRunbook } from '../../src/registry/runbook';
import { readScrapeConfig } from '../../src/registry/scrape-config';
import { readObjectives } from '../../src/registry/slo';
import { readThresholds } from '../../src/registry/thresholds';
import { ROOT, run } from '../servers/processes';
import { hasPromtool } from '../servers/prometheus';

const SHOP = join(__dirname, 'golden/shop');
const expected = (name: string) => join(SHOP, 'expected', name);
const registry = readRegistry(SHOP);
const objectives = readObjectives(join(SHOP, 'slo.yaml'));
const thresholds = thresholdRules('shop', readThresholds(join(SHOP, 'thresholds.yaml'), registry), (alert) =>
  alert === 'ShopIsDark' ? 'shop/RUNBOOK.md#shopisdark' : undefined,
);
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

  it.each(['mjs', 'cjs'] as const)(
    'include a catalog in JavaScript (%s) whose names the compiler checks too',
    async (language) => {
      const module = catalogModule(registry, 'meterbridge/instruments', language);
      await expect(module).toMatchFileSnapshot(expected(`shop.${language}.txt`));
      const folder = mkdtempSync(join(ROOT, 'test/registry/generated-'));
      try {
        writeFileSync(join(folder, `shop.${language}`), module);
        writeFileSync(
          join(folder, 'use.mjs'),
          `import { metrics } from '@opentelemetry/api';
import { createInstruments } from 'meterbridge/instruments';
import { CountryLabel, catalog, ResultLabel } from './shop.${language}';
const shop = createInstruments(metrics.getMeter('shop'), catalog);
shop.ordersTotal.add(1, { result: ResultLabel['2ndTry'], country: CountryLabel.Fr });
// @ts-expect-error A value that the registry does not list.
shop.ordersTotal.add(1, { result: 'payed', country: 'de' });
`,
        );
        const options = { compilerOptions: { allowJs: true, checkJs: true }, extends: '../../../tsconfig.json' };
        writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...options, include: ['.'] }));
        const tsc = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]);
        expect([(await tsc.ended).code, tsc.stdout()]).toEqual([0, '']);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

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

  it('include manifests with the groups of all rule files', async () => {
    const manifests = kubernetesManifests('shop', readScrapeConfig(join(SHOP, 'scrape.yaml'), 'shop'), [
      thresholds,
      '# no groups\n',
    ]);
    await expect(manifests).toMatchFileSnapshot(expected('kubernetes.yaml'));
    const [monitor, rule] = parseAllDocuments(manifests).map((document) => document.toJS());
    expect(monitor).toMatchObject({
      kind: 'ServiceMonitor',
      spec: {
        endpoints: [{ port: 'http', path: '/metrics', interval: '30s' }],
        selector: { matchLabels: { app: 'shop' } },
      },
    });
    expect(rule).toMatchObject({ kind: 'PrometheusRule', spec: { groups: [{ name: 'shop-thresholds' }] } });
  });

  it.skipIf(!hasPromtool)(
    'include rules that promtool accepts, and alerts that fire above their threshold only',
    async () => {
      const folder = mkdtempSync(join(ROOT, 'test/registry/generated-'));
      try {
        writeFileSync(join(folder, 'slo-rules.yaml'), rules);
        writeFileSync(join(folder, 'threshold-rules.yaml'), thresholds);
        const files = ['slo-rules.yaml', 'threshold-rules.yaml'].map((name) => join(folder, name));
        const promtool = run('promtool', ['check', 'rules', ...files]);
        expect((await promtool.ended).code, promtool.stdout() + promtool.stderr()).toBe(0);
        cpSync(join(SHOP, 'threshold-tests.txt'), join(folder, 'tests.yaml'));
        const tests = run('promtool', ['test', 'rules', join(folder, 'tests.yaml')]);
        expect((await tests.ended).code, tests.stdout() + tests.stderr()).toBe(0);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

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
