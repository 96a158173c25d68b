import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNoopMeter } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
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
const readText = (system: string, file: string) => readFileSync(join(folderOf(system), file), 'utf8');
const readYaml = (system: string, file: string) => parse(readText(system, file));

function readAlerts(system: string): Rule[] {
  return FILES.flatMap((file) => (readYaml(system, file) as { groups: { rules: Rule[] }[] }).groups)
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert !== undefined);
}

/** Returns the sections of a runbook by their anchors. */
function readSections(system: string): Map<string, string> {
  const [, ...sections] = readText(system, 'RUNBOOK.md').split(/^## /m);
  return new Map(sections.map((text) => [text.slice(0, text.indexOf('\n')).toLowerCase(), text]));
}

/** Returns the query of a runbook section, and the expressions that its text mentions in backticks. */
function readExpressions(section: string): { query: string; mentioned: string[] } {
  const [block = '', query = ''] = /```promql\n([\s\S]*?)\n```/.exec(section) ?? [];
  const mentioned = [...section.replace(block, '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
  return { query, mentioned };
}

/** Returns every metric name that the systems serve, the samples of histograms included. */
function readServedNames(): Set<string> {
  const metrics = SYSTEMS.flatMap(({ create }) => Object.values(create(createNoopMeter()).catalog.metrics));
  return new Set(metrics.flatMap(({ name }) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]));
}

async function promtool(system: string, ...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = run('promtool', args, { cwd: folderOf(system) });
  const { code } = await child.ended;
  return { code, out: child.stdout() + child.stderr() };
}

describe.each(SYSTEMS)('the rules and alerts of $name', ({ name }) => {
  it.skipIf(!hasPromtool)('the rules and alerts are accepted by promtool', async () => {
    const { code, out } = await promtool(name, 'check', 'rules', ...FILES);
    expect(code, out).toBe(0);
  });

  it.skipIf(!hasPromtool)(
    'the rules and alerts pass their promtool tests',
    async () => {
      const { code, out } = await promtool(name, 'test', 'rules', 'tests.yaml', 'slo-tests.yaml');
      expect(code, out).toBe(0);
    },
    120_000,
  );

  it('the rules and alerts have a severity, a summary, a description, a note on their origin, and a section of the runbook', () => {
    const sections = readSections(name);
    const alerts = readAlerts(name);
    expect(alerts.length).toBeGreaterThan(0);
    for (const { alert = '', labels = {}, annotations = {} } of alerts) {
      expect(['critical', 'warning', 'info'], alert).toContain(labels.severity);
      for (const key of ['summary', 'description', 'note']) expect(annotations[key], `${alert} ${key}`).toMatch(/\S/);
      const [file, section = ''] = (annotations.runbook ?? '').split('#');
      expect(file, alert).toBe(`semconv/${name}/RUNBOOK.md`);
      expect([...sections.keys()], alert).toContain(section);
    }
    expect(sections.size).toBe(alerts.length);
  });

  it('the rules and alerts have a runbook whose sections share no query, cause or remedy', () => {
    const texts = [...readSections(name).values()].flatMap((section) => [
      readExpressions(section).query,
      ...section.split('\n').filter((line) => line.startsWith('- ')),
    ]);
    expect(texts.filter((text, i) => texts.indexOf(text) < i)).toEqual([]);
  });

  it('the rules and alerts have a runbook that names only metrics that the systems serve', () => {
    const served = readServedNames();
    const prefixes = new Set([...served].map((metric) => metric.split('_')[0]));
    for (const [alert, section] of readSections(name)) {
      const { query, mentioned } = readExpressions(section);
      expect(query, alert).toMatch(/\S/);
      for (const expression of [query, ...mentioned]) {
        const words = expression.replace(/"[^"]*"/g, '').match(/\w+/g) ?? [];
        const metrics = words.filter((word) => word.includes('_') && prefixes.has(word.split('_')[0]));
        for (const metric of metrics) expect([...served], `${alert}: ${expression}`).toContain(metric);
      }
    }
  });

  it.skipIf(!hasPromtool)('the runbook of the rules and alerts has only queries that promtool accepts', async () => {
    const rules = [...readSections(name).values()].map((section, i) => ({
      record: `runbook:query:${i}`,
      expr: readExpressions(section).query,
    }));
    const folder = mkdtempSync(join(tmpdir(), 'runbook-'));
    try {
      writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: [{ name: 'runbook', rules }] }));
      const { code, out } = await promtool(name, 'check', 'rules', join(folder, 'rules.yaml'));
      expect(code, out).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('the rules and alerts are tested to fire, not to fire just below the threshold, to resolve, and to tolerate a counter reset', () => {
    const files = ['tests.yaml', 'slo-tests.yaml'].map((file) => readYaml(name, file) as { tests: { name: string }[] });
    const names = new Set(files.flatMap(({ tests }) => tests).map((test) => test.name));
    for (const { alert = '', expr } of readAlerts(name)) {
      const isBudget = /BudgetBurn/.test(alert);
      expect(names, alert).toContain(`${alert}: fires`);
      expect(names, alert).toContain(`${alert}: does not fire just below`);
      if (!alert.endsWith('BudgetBurnTicket')) expect(names, alert).toContain(`${alert}: resolves`);
      const usesCounters = /rate\(|increase\(|_5m\b|_rate5m\b/.test(expr);
      if (usesCounters && !isBudget) expect(names, alert).toContain(`${alert}: survives a counter reset`);
    }
  });

  it("the rules and alerts do not share a name with another system's", () => {
    const others = SYSTEMS.filter((system) => system.name !== name).flatMap((system) => readAlerts(system.name));
    const mine = new Set(readAlerts(name).map(({ alert }) => alert));
    expect(others.filter(({ alert }) => mine.has(alert))).toEqual([]);
  });
});

describe.skipIf(!hasPromtool)('the Prometheus configuration of the six systems', () => {
  it('the Prometheus configuration of the six systems is accepted by promtool, its rules with it', async () => {
    const child = run('promtool', ['check', 'config', join(ROOT, 'semconv/prometheus.yml')]);
    expect((await child.ended).code, child.stdout() + child.stderr()).toBe(0);
    expect(child.stdout()).toContain('18 rule files found');
  });
});
