import type { Issue } from '../../issues';
import { YamlFile } from '../../yaml/yaml-file';
import { pascalCase } from '../registry';
import { RegistryError } from '../registry-error';

/** A service-level objective as `slo.yaml` has it. */
interface Objective {
  readonly name: string;
  readonly description: string;
  /** The percentage of events that are to be good, over 30 days. */
  readonly objective: number;
  /** PromQL for bad events and for all events a second; `$window` stands for a range. */
  readonly error_query: string;
  readonly total_query: string;
}

/** Ranges over which error ratios are recorded. */
const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;

interface Burn {
  readonly alert: 'Page' | 'Ticket';
  readonly severity: 'critical' | 'warning';
  /** How many times faster than sustainable the error budget goes, seen over a long and a short range. */
  readonly rates: readonly (readonly [
    long: (typeof WINDOWS)[number],
    short: (typeof WINDOWS)[number],
    factor: number,
  ])[];
  readonly for: string;
}

/** Multi-window burn rates for 30 days (Google SRE Workbook, "Alerting on SLOs"; kubernetes-mixin has the same). */
const BURNS: readonly Burn[] = [
  {
    alert: 'Page',
    severity: 'critical',
    rates: [
      ['1h', '5m', 14.4],
      ['6h', '30m', 6],
    ],
    for: '2m',
  },
  {
    alert: 'Ticket',
    severity: 'warning',
    rates: [
      ['1d', '2h', 3],
      ['3d', '6h', 1],
    ],
    for: '1h',
  },
];

/**
 * The recording rules and burn-rate alerts of a registry's `slo.yaml`, as a Prometheus rule file.
 *
 * @param system the registry's name, which the runbook's place is made of
 * @throws RegistryError with every fault found, each with its line
 */
export function sloRules(file: string, system: string): string {
  const slos = readObjectives(file);
  const lines = ['# Generated from slo.yaml. Do not edit.', 'groups:'];
  for (const slo of slos) {
    const key = slo.name.replaceAll('-', '_');
    const labels = ['        labels:', `          slo: ${slo.name}`];
    lines.push(`  - name: slo-${slo.name}`, '    rules:');
    for (const window of WINDOWS) {
      const [errors, total] = [slo.error_query, slo.total_query].map((query) => query.replaceAll('$window', window));
      lines.push(`      - record: slo:${key}:error_ratio_rate${window}`, '        expr: >-');
      lines.push(`          (${errors}) / (${total})`, ...labels);
    }
    const budget = Number((1 - slo.objective / 100).toFixed(6));
    for (const { alert, severity, rates, for: duration } of BURNS) {
      const name = `${pascalCase(slo.name)}BudgetBurn${alert}`;
      const burns = rates.map(
        ([long, short, factor]) =>
          `(slo:${key}:error_ratio_rate${long} > ${factor} * ${budget} and slo:${key}:error_ratio_rate${short} > ${factor} * ${budget})`,
      );
      lines.push(`      - alert: ${name}`, '        expr: >-', `          ${burns.join('\n          or ')}`);
      lines.push(`        for: ${duration}`, ...labels, `          severity: ${severity}`, '        annotations:');
      lines.push(`          summary: '${slo.name} uses up its error budget'`);
      lines.push(
        `          description: '${slo.description}: {{ $value | humanizePercentage }} fail, of ${Number((100 - slo.objective).toFixed(4))} % that may.'`,
      );
      lines.push(
        `          note: 'An addition.'`,
        `          runbook: semconv/${system}/RUNBOOK.md#${name.toLowerCase()}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

const OBJECTIVE_KEYS = ['name', 'description', 'objective', 'error_query', 'total_query'];

function readObjectives(file: string): Objective[] {
  const findings: Issue[] = [];
  const slos = new YamlFile(file, findings)
    .root(['slos'])
    .list('slos', OBJECTIVE_KEYS)
    .map((entry): Objective => {
      const objective = entry.number('objective') ?? Number.NaN;
      if (!(objective > 0 && objective < 100)) entry.refuse('objective', 'objective is a percentage between 0 and 100');
      return {
        name: entry.string('name'),
        description: entry.string('description'),
        objective,
        error_query: entry.string('error_query'),
        total_query: entry.string('total_query'),
      };
    });
  if (findings.length > 0) throw new RegistryError(findings);
  return slos;
}
