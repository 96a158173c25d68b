import type { Attributes } from '@opentelemetry/api';
import { type Issue, printable } from '../issues';
import type { MetricDefinition } from './define';
import { isClosed, type LabelValues, OTHER } from './labels';

/** Labels that a measurement can be recorded under, and what was wrong with the given ones. */
export interface ValidatedLabels {
  /** Every label of the definition, in declared order, each a string that its definition accepts or {@link OTHER}. */
  readonly attributes: Record<string, string>;
  readonly issues: readonly Issue[];
}

/** Returns the labels to record a measurement under. Pure: reporting the issues is left to the caller. Never throws. */
export function validateLabels({ name, labels = {} }: MetricDefinition, given: Attributes): ValidatedLabels {
  const attributes: Record<string, string> = {};
  const issues: Issue[] = [];
  for (const [label, values] of Object.entries(labels)) {
    const value = ownValue(given, label);
    const accepted = acceptedValue(values, value);
    attributes[label] = accepted ?? OTHER;
    if (accepted === undefined) issues.push(invalidLabel(name, label, values, value));
  }
  for (const label of Object.keys(given)) {
    if (Object.hasOwn(labels, label)) continue;
    const known = Object.keys(labels);
    const expected = known.length === 0 ? 'no labels' : `labels ${known.join(', ')}`;
    issues.push({
      code: 'unknown_label',
      path: `${name}.${label}`,
      expected,
      message: `unknown label ${printable(label)} of ${name}: expected ${expected}; the label is dropped`,
    });
  }
  return { attributes, issues };
}

/**
 * Returns the attributes that select existing series for reading or removing, or `undefined` if the given labels cannot
 * belong to any series. Labels that are left out match every value. Never selects {@link OTHER} unless it is asked for.
 */
export function selectLabels({ labels = {} }: MetricDefinition, given: Attributes): Attributes | undefined {
  const attributes: Record<string, string> = {};
  for (const label of Object.keys(given)) {
    const values = Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (values === undefined) return undefined;
    const value = ownValue(given, label);
    const accepted = value === OTHER ? OTHER : acceptedValue(values, value);
    if (accepted === undefined) return undefined;
    attributes[label] = accepted;
  }
  return attributes;
}

function ownValue(given: Attributes, label: string): unknown {
  return Object.hasOwn(given, label) ? given[label] : undefined;
}

function acceptedValue(values: LabelValues, value: unknown): string | undefined {
  if (isClosed(values)) return typeof value === 'string' && values.includes(value) ? value : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

function invalidLabel(metric: string, label: string, values: LabelValues, value: unknown): Issue {
  const expected = isClosed(values) ? `one of ${values.join(', ')}` : 'a string or a number';
  const received = value === undefined ? 'nothing' : printable(value);
  return {
    code: 'invalid_label',
    path: `${metric}.${label}`,
    expected,
    received,
    message: `invalid label ${label} ${received} of ${metric}: expected ${expected}; recorded as ${OTHER}`,
  };
}
