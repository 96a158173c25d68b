import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRegistry } from '../../src/registry/read-registry';
import { ROOT } from '../servers/processes';
import { type Dashboard, RULES } from './dashboard-rules';

const SEMCONV = join(ROOT, 'semconv');
const read = (system: string) => readFileSync(join(SEMCONV, system, 'dashboard.json'), 'utf8');
const systems = readdirSync(SEMCONV, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

function countersOf(system: string): ReadonlySet<string> {
  const { metrics } = readRegistry(join(SEMCONV, system));
  return new Set(metrics.filter(({ instrument }) => instrument === 'counter').map(({ name }) => name));
}

/** Changes of the dashboard of hodei that violate a rule each. */
const VIOLATIONS: Readonly<Record<keyof typeof RULES, readonly [text: string | RegExp, replacement: string]>> = {
  'template-datasource-rule': ['"name": "datasource"', '"name": "ds"'],
  'template-job-rule': ['"label": "Job"', '"label": "job"'],
  'template-instance-rule': ['"name": "instance"', '"name": "host"'],
  'template-label-promql-rule': ['label_values(hodei_jobs_queued, job)', 'hodei_jobs_queued'],
  'template-on-time-change-reload-rule': ['"refresh": 2', '"refresh": 1'],
  'panel-datasource-rule': [/"uid": "\$datasource"(?=\s*},\s*"gridPos")/, '"uid": "prometheus"'],
  'panel-title-description-rule': [/"description": "Jobs [^"]*"/, '"description": ""'],
  'panel-units-rule': ['"unit": "cps"', '"unit": "jobs a second"'],
  'panel-no-targets-rule': ['"targets":', '"queries":'],
  'target-promql-rule': ['sum (rate(', 'sum ((rate('],
  'target-rate-interval-rule': ['[$__rate_interval]', '[5m]'],
  'target-job-rule': [/job=~\\"\$job\\",/, ''],
  'target-instance-rule': [/,instance=~\\"\$instance\\"/, ''],
  'target-counter-agg-rule': [/rate\((hodei_jobs_scheduled_total[^[]*)\[[^\]]*\]\)/, '($1)'],
  'uneditable-dashboard': ['"editable": false', '"editable": true'],
};

/**
 * What a dashboard violates on purpose. Replays that run are those that were started less those that ended: the three
 * counters are of one process and are reset together.
 */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  'allsource target-counter-agg-rule': [
    'allsource_replays_started_total',
    'allsource_replays_completed_total',
    'allsource_replays_failed_total',
  ],
};

describe('the rules of dashboard-linter', () => {
  it.each(systems.flatMap((system) => Object.keys(RULES).map((rule) => [system, rule] as const)))(
    'the dashboard of %s keeps the %s of dashboard-linter',
    (system, rule) => {
      expect(RULES[rule]?.(JSON.parse(read(system)) as Dashboard, countersOf(system))).toEqual(
        EXCEPTIONS[`${system} ${rule}`] ?? [],
      );
    },
  );

  it.each(Object.entries(VIOLATIONS))('a dashboard that violates the %s is found', (rule, [text, replacement]) => {
    const broken = read('hodei').replace(text, replacement);
    const violated = Object.entries(RULES)
      .filter(([, check]) => check(JSON.parse(broken) as Dashboard, countersOf('hodei')).length > 0)
      .map(([name]) => name);
    expect(violated).toEqual([rule]);
  });
});
