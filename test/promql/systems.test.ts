import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkQueries } from '../../src/promql/check-queries';
import type { FindingCode } from '../../src/promql/finding';
import { readQueries } from '../../src/promql/inputs/read-queries';
import { Metrics } from '../../src/promql/metrics';
import type { Query } from '../../src/promql/query';
import { readRegistry } from '../../src/registry/read-registry';
import { ROOT } from '../servers/processes';
import { SYSTEMS } from '../systems/systems';
import { expression } from './shop-metrics';

const FILES = [
  'rules.yaml',
  'alerts.yaml',
  'slo-rules.yaml',
  'tests.yaml',
  'slo-tests.yaml',
  'dashboard.json',
  'RUNBOOK.md',
];

const pathOf = (system: string, file: string) => join(ROOT, 'semconv', system, file);
const metrics = new Metrics(SYSTEMS.flatMap(({ name }) => readRegistry(join(ROOT, 'semconv', name)).metrics));

/** Alert expressions of the documents that the shipped alerts correct, and the finding in each. */
const DOCUMENTED_ALERTS: readonly (readonly [expr: string, pending: number, code: FindingCode])[] = [
  ['histogram_quantile(0.95, hodei_scheduling_latency_seconds) > 0.1', 120, 'bare_histogram'],
  ['histogram_quantile(0.95, allsource_ingestion_duration_seconds) > 0.1', 300, 'bare_histogram'],
  [
    'histogram_quantile(0.99, rate(pupsourcing_orchestrator_coordination_duration_seconds_bucket[5m])) > 30',
    600,
    'for_exceeds_range',
  ],
];

/** The findings in the documented queries that `queries.yaml` corrects, by the name of the query. */
const DOCUMENTED_QUERIES: Readonly<Record<string, FindingCode>> = {
  'Event processing success rate': 'mismatched_labels',
  'Alert if > 5 generations per hour (unstable system)': 'counter_without_rate',
  'Identify slow projections': 'misleading_description',
  'Partitions should equal active workers': 'misleading_description',
  'Alert if any worker coordinating > 2 minutes': 'time_of_non_timestamp',
  'P99 processing latency by projection': 'syntax_error',
  'Slowest projections': 'syntax_error',
  'Overall system health score (0-100)': 'type_error',
  'Throughput per worker (should be roughly equal)': 'mismatched_labels',
  '% of time spent coordinating (should be low)': 'syntax_error',
  'Events processed per coordination event (higher is better)': 'mismatched_labels',
  '6. Processing Latency by Projection': 'syntax_error',
};

interface NamedQuery {
  readonly name: string;
  readonly query: string;
  readonly documented?: string;
}

/** Returns the queries of a system's document. */
function readNamed(system: string): NamedQuery[] {
  const path = pathOf(system, 'queries.yaml');
  return existsSync(path) ? (parse(readFileSync(path, 'utf8')) as { queries: NamedQuery[] }).queries : [];
}

function findCodes(queries: readonly Query[]): string[] {
  return [...new Set(checkQueries(queries, metrics).map(({ code }) => code))];
}

describe.each(SYSTEMS)('the queries of $name', ({ name }) => {
  it('the rules, alerts, tests, dashboards and runbooks have no findings', () => {
    const present = [...FILES, 'queries.yaml'].filter((file) => existsSync(pathOf(name, file)));
    const read = present.map((file) => readQueries(pathOf(name, file)));
    const queries = read.flatMap((file) => file.queries);
    const context = read.flatMap((file) => file.context);
    expect(queries.length).toBeGreaterThan(10);
    expect([...read.flatMap(({ problems }) => problems), ...checkQueries(queries, metrics, {}, context)]).toEqual([]);
  });

  it('a documented query has a finding if, and only if, it is corrected', () => {
    for (const { name: description, query, documented = query } of readNamed(name)) {
      const code = DOCUMENTED_QUERIES[description];
      expect(findCodes([{ ...expression(documented), description }]), description).toEqual(
        code === undefined ? [] : [code],
      );
      expect(documented === query, description).toBe(code === undefined);
    }
  });
});

describe('the alerts of the documents', () => {
  it.each(DOCUMENTED_ALERTS)('a finding explains why %s is corrected', (expr, pending, code) => {
    const alert = { name: 'Documented', for: pending, templates: [] };
    expect(findCodes([{ ...expression(expr), alert }])).toEqual([code]);
  });
});
