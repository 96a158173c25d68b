import { bucketBounds } from '../../catalog/definition';
import { isClosed, OTHER_LABEL_VALUE } from '../../catalog/labels';
import { findNearest, printable } from '../../issues';
import { OVERFLOW_LABEL } from '../../promql/labels';
import type { RegistryLabel, RegistryMetric } from '../../registry/registry';
import type { Finding, Place } from '../finding';
import type { ServedFamily, ServedSeries } from './served-families';

/** Labels that tell the scopes of OpenTelemetry apart. */
const SCOPE_LABEL = /^otel_scope_/;

/** Returns the differences of the labels, label values and buckets of a family; each once, at the first series that has it. */
export function findSeriesDifferences(
  metric: RegistryMetric,
  { name, series }: ServedFamily,
  ignoreLabel: readonly string[],
): Finding[] {
  const findings = new Map<string, Finding>();
  const add = (key: string, code: string, place: Place, message: string, more: Partial<Finding> = {}) => {
    if (!findings.has(key))
      findings.set(key, { code, severity: 'error', message: `${name}: ${message}`, ...place, ...more });
  };
  const defined = new Map(metric.labels.map((label) => [label.label, label]));
  for (const each of series.values()) {
    if (each.labels.has(OVERFLOW_LABEL)) {
      add('overflow', 'overflow', each.place, 'the cardinality limit is reached', { severity: 'note' });
      continue;
    }
    for (const label of defined.keys()) {
      if (!each.labels.has(label)) add(`-${label}`, 'missing_label', each.place, `the label ${label} is missing`);
    }
    for (const [label, value] of each.labels) {
      const definition = defined.get(label);
      if (definition !== undefined) {
        const difference = findValueDifference(definition, value);
        if (difference !== undefined) {
          add(`${label}=${value}`, 'unexpected_value', each.labelPlace(label), ...difference);
        }
      } else if (!ignoreLabel.includes(label) && !SCOPE_LABEL.test(label)) {
        const nearest = findNearest(label, [...defined.keys()]);
        const suggestion =
          nearest === undefined ? 'remove it, or accept it with --ignore-label' : `rename it to ${nearest}`;
        add(`+${label}`, 'unexpected_label', each.labelPlace(label), `the label ${label} is not defined`, {
          suggestion,
        });
      }
    }
    findBucketDifference(metric, each, (...args) => add('buckets', 'wrong_buckets', each.place, ...args));
  }
  return [...findings.values()];
}

function findValueDifference(
  { label, values }: RegistryLabel,
  value: string,
): [message: string, more: Partial<Finding>] | undefined {
  if (!isClosed(values) || values.includes(value)) return undefined;
  const message = `the value ${printable(value)} of the closed label ${label} is not defined`;
  const difference = { expected: `one of ${values.join(', ')}`, received: value };
  if (value === OTHER_LABEL_VALUE) {
    return [message, { ...difference, suggestion: 'a value that the registry does not list was recorded' }];
  }
  const nearest = findNearest(value, values);
  return [message, nearest === undefined ? difference : { ...difference, suggestion: `did you mean ${nearest}?` }];
}

function findBucketDifference(
  metric: RegistryMetric,
  { bounds }: ServedSeries,
  add: (message: string, more: Partial<Finding>) => void,
): void {
  const expected = bucketBounds(metric);
  if (expected === undefined || bounds.join() === expected.join()) return;
  const list = (values: readonly number[]) => (values.length === 0 ? 'no buckets' : values.join(', '));
  add('the bucket bounds differ', { expected: list(expected), received: list(bounds) });
}
