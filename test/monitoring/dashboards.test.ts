import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNoopMeter } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../servers/processes';
import { SYSTEMS } from '../systems/systems';

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly thresholds?: { readonly steps: { readonly value: number | null }[] };
    };
  };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat?: string; readonly refId: string }[];
  readonly panels?: readonly Panel[];
}

interface Dashboard {
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  readonly panels: readonly Panel[];
}

describe.each(SYSTEMS)('the dashboard of $name', ({ name, create }) => {
  const read = (file: string) => readFileSync(join(ROOT, 'semconv', name, file), 'utf8');
  const dashboard = JSON.parse(read('dashboard.json')) as Dashboard;
  const panels = dashboard.panels
    .flatMap((panel) => [panel, ...(panel.panels ?? [])])
    .filter(({ type }) => type !== 'row');
  const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('the dashboard has a stable uid and the variables datasource, job and instance', () => {
    expect(dashboard.uid).toBe(`meterbridge-${name}`);
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(42);
    expect(dashboard.templating.list.map((variable) => [variable.name, variable.type])).toEqual([
      ['datasource', 'datasource'],
      ['job', 'query'],
      ['instance', 'query'],
    ]);
  });

  it('the dashboard has a unit, a description, a legend and the selected data source on every panel', () => {
    for (const { title, description, datasource, fieldConfig, targets = [] } of panels) {
      expect(description, title).toMatch(/\S/);
      expect(datasource, title).toEqual({ type: 'prometheus', uid: '$datasource' });
      expect(fieldConfig?.defaults.unit, title).toMatch(/\S/);
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { legendFormat } of targets) expect(legendFormat, title).toMatch(/\S/);
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    }
  });

  it('the dashboard filters by its variables and uses the rate interval that Grafana selects', () => {
    for (const expression of expressions) {
      expect(expression).toContain('job=~"$job",instance=~"$instance"');
      const ranges = [...expression.matchAll(/\b(?:rate|irate)\([^[]*\[([^\]]*)\]/g)].map(([, range]) => range);
      for (const range of ranges) expect(range).toBe('$__rate_interval');
    }
  });

  it('the dashboard has a panel for every metric of the catalog', () => {
    const { catalog } = create(createNoopMeter());
    for (const { name: family } of Object.values(catalog.metrics)) {
      expect(
        expressions.some((expression) => new RegExp(`\\b${family}(_bucket)?\\{`).test(expression)),
        family,
      ).toBe(true);
    }
  });

  it('the dashboard places no panel over another', () => {
    const placed = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(placed, title).not.toContain(`${x} ${y}`);
          placed.add(`${x} ${y}`);
        }
      }
    }
  });

  it('the dashboard draws the threshold of every alert that its source names', () => {
    const { rows } = parse(read('dashboard.yaml')) as { rows: { panels: { title: string; threshold?: number }[] }[] };
    for (const { title, threshold } of rows.flatMap((row) => row.panels)) {
      if (threshold === undefined) continue;
      const panel = panels.find((each) => each.title === title);
      expect(
        panel?.fieldConfig?.defaults.thresholds?.steps.map(({ value }) => value),
        title,
      ).toContain(threshold);
    }
  });
});
