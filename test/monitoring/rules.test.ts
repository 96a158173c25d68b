import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT, run } from '../servers/processes';
import { hasPromtool } from '../servers/prometheus';
import { SYSTEMS } from '../systems/systems';

interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
}

const FILES = ['rules.yaml', 'alerts.yaml', 'slo-rules.yaml'];

const folderOf = (system: string) => join(ROOT, 'semconv', system);
const read = (system: string, file: string) => parse(readFileSync(join(folderOf(system), file), 'utf8'));

function alertsOf(system: string): Rule[] {
  return FILES.flatMap((file) => (read(system, file) as { groups: { rules: Rule[] }[] }).groups)
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert !== undefined);
}

/** The names of a Markdown page's sections as links have them. */
function sectionsOf(page: string): string[] {
  return [...page.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase());
}

async function promtool(system: string, ...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = run('promtool', args, { cwd: folderOf(system) });
  const { code } = await child.ended;
  return { code, out: child.stdout() + child.stderr() };
}

describe.each(SYSTEMS)('the rules and alerts of $name', ({ name }) => {
  it.skipIf(!hasPromtool)('are accepted by promtool', async () => {
    const { code, out } = await promtool(name, 'check', 'rules', ...FILES);
    expect(code, out).toBe(0);
  });

  it.skipIf(!hasPromtool)('do what their tests say', async () => {
    const { code, out } = await promtool(name, 'test', 'rules', 'tests.yaml', 'slo-tests.yaml');
    expect(code, out).toBe(0);
  });

  it('have a severity, a summary, a description, how they stand to the document, and a section of the runbook', () => {
    const sections = sectionsOf(readFileSync(join(folderOf(name), 'RUNBOOK.md'), 'utf8'));
    const alerts = alertsOf(name);
    expect(alerts.length).toBeGreaterThan(0);
    for (const { alert = '', labels = {}, annotations = {} } of alerts) {
      expect(['critical', 'warning', 'info'], alert).toContain(labels.severity);
      for (const key of ['summary', 'description', 'note']) expect(annotations[key], `${alert} ${key}`).toMatch(/\S/);
      const [file, section = ''] = (annotations.runbook ?? '').split('#');
      expect(file, alert).toBe(`semconv/${name}/RUNBOOK.md`);
      expect(sections, alert).toContain(section);
    }
    expect(sections).toHaveLength(alerts.length);
  });

  it('are each tested to fire, not to fire just below, to resolve, and to survive a counter reset', () => {
    const files = ['tests.yaml', 'slo-tests.yaml'].map((file) => read(name, file) as { tests: { name: string }[] });
    const names = new Set(files.flatMap(({ tests }) => tests).map((test) => test.name));
    for (const { alert = '', expr } of alertsOf(name)) {
      const isBudget = /BudgetBurn/.test(alert);
      expect(names, alert).toContain(`${alert}: fires`);
      expect(names, alert).toContain(`${alert}: does not fire just below`);
      if (!alert.endsWith('BudgetBurnTicket')) expect(names, alert).toContain(`${alert}: resolves`);
      const usesCounters = /rate\(|increase\(|_5m\b|_rate5m\b/.test(expr);
      if (usesCounters && !isBudget) expect(names, alert).toContain(`${alert}: survives a counter reset`);
    }
  });

  it("do not share a name with another system's", () => {
    const others = SYSTEMS.filter((system) => system.name !== name).flatMap((system) => alertsOf(system.name));
    const mine = new Set(alertsOf(name).map(({ alert }) => alert));
    expect(others.filter(({ alert }) => mine.has(alert))).toEqual([]);
  });
});

describe.skipIf(!hasPromtool)('the Prometheus configuration of the six systems', () => {
  it('is accepted by promtool, its rules with it', async () => {
    const child = run('promtool', ['check', 'config', join(ROOT, 'semconv/prometheus.yml')]);
    expect((await child.ended).code, child.stdout() + child.stderr()).toBe(0);
    expect(child.stdout()).toContain('18 rule files found');
  });
});
