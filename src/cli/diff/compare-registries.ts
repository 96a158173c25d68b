import { bucketBounds, DEFAULT_CARDINALITY_LIMIT, prometheusType } from '../../catalog/definition';
import type { Severity } from '../../promql/finding';
import type { RegistryMetric } from '../../registry/registry';
import { type Finding, parsePlace } from '../finding';
import { findLabelChanges } from './compare-labels';
import { findRenames } from './renames';

/**
 * Returns what changes for those who use the metrics of a registry: an error for what breaks queries or changes their
 * meaning, a warning for what may, and a note for what does not.
 */
export function compareRegistries(before: readonly RegistryMetric[], after: readonly RegistryMetric[]): Finding[] {
  const old = new Map(before.map((metric) => [metric.name, metric]));
  const current = new Map(after.map((metric) => [metric.name, metric]));
  const removed = before.filter(({ name }) => !current.has(name));
  const added = after.filter(({ name }) => !old.has(name));
  const renames = findRenames(removed, added);
  const findings: Finding[] = [];
  for (const metric of before) {
    const successor = current.get(metric.name) ?? renames.get(metric.name);
    if (successor === undefined) findings.push(removedMetric(metric));
    else {
      if (successor.name !== metric.name) findings.push(renamedMetric(metric, successor));
      findings.push(...findMetricChanges(metric, successor));
    }
  }
  const renamed = new Set([...renames.values()].map(({ name }) => name));
  for (const { name, position } of added) {
    if (renamed.has(name)) continue;
    findings.push({ code: 'added_metric', severity: 'note', message: `${name} is new`, ...parsePlace(position) });
  }
  return findings;
}

function removedMetric({ name, position, renamedTo }: RegistryMetric): Finding {
  return {
    code: 'removed_metric',
    severity: 'error',
    message: `${name} is removed`,
    ...parsePlace(position),
    suggestion:
      renamedTo === undefined
        ? 'keep it with "deprecated" for a release, so that queries can change first'
        : `it was deprecated in favour of ${renamedTo}`,
  };
}

function renamedMetric({ name }: RegistryMetric, { name: renamed, position }: RegistryMetric): Finding {
  return {
    code: 'renamed_metric',
    severity: 'error',
    message: `${name} is renamed to ${renamed}`,
    ...parsePlace(position),
    suggestion: `serve both for a release: keep ${name} with "deprecated: { reason: renamed, renamed_to: ${renamed} }"`,
  };
}

function findMetricChanges(before: RegistryMetric, after: RegistryMetric): Finding[] {
  const findings: Finding[] = [];
  const add = (code: string, severity: Severity, message: string, expected?: string, received?: string) =>
    findings.push({
      code,
      severity,
      message: `${after.name}: ${message}`,
      ...parsePlace(after.position),
      ...(expected === undefined ? {} : { expected }),
      ...(received === undefined ? {} : { received }),
    });
  const [oldType, type] = [prometheusType(before), prometheusType(after)];
  if (oldType !== type) add('retyped_metric', 'error', 'the type changes', oldType, type);
  else if (before.instrument !== after.instrument) {
    add('changed_instrument', 'note', 'the instrument changes', before.instrument, after.instrument);
  }
  if (before.unit !== after.unit) add('changed_unit', 'error', 'the unit changes', before.unit, after.unit);
  if (before.brief !== after.brief) add('changed_help', 'note', 'the help text changes', before.brief, after.brief);
  if (before.initialize && !after.initialize) {
    add('removed_initialization', 'warning', 'series no longer exist at 0 before the first event');
  }
  const [oldLimit, limit] = [before, after].map((metric) => metric.cardinalityLimit ?? DEFAULT_CARDINALITY_LIMIT);
  if (oldLimit !== undefined && limit !== undefined && limit < oldLimit) {
    add('lowered_limit', 'warning', 'the cardinality limit is lower', String(oldLimit), String(limit));
  }
  if (oldType === 'histogram' && type === 'histogram') findBucketChange(before, after, add);
  return [...findings, ...findLabelChanges(before, after)];
}

function findBucketChange(
  before: RegistryMetric,
  after: RegistryMetric,
  add: (code: string, severity: Severity, message: string, expected: string, received: string) => void,
): void {
  const [old = [], bounds = []] = [before, after].map(bucketBounds);
  if (old.join() === bounds.join()) return;
  const isExtended = old.every((bound) => bounds.includes(bound));
  const message = isExtended ? 'buckets are added' : 'buckets are removed';
  add('rebucketed_metric', isExtended ? 'warning' : 'error', message, old.join(', '), bounds.join(', '));
}
