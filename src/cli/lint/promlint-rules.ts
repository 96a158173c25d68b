import { CAMEL_CASE, findCamelCase, PROMLINT_RULES } from '../../catalog/promlint';
import { findUnit } from '../units';
import type { LabelRule, MetricRule } from './rule';

/** The rules of promlint, applied to the definitions of a registry. */
export const PROMLINT_METRIC_RULES: readonly MetricRule[] = PROMLINT_RULES.map(({ code, find }) => ({
  code,
  find: ({ name, instrument, brief, labels }) =>
    find({ name, type: instrument, help: brief, labels: labels.map(({ label }) => label) }),
}));

export const PROMLINT_LABEL_RULES: readonly LabelRule[] = [
  { code: CAMEL_CASE, find: ({ label }) => findCamelCase(label) },
];

/** Returns the unit that the last word of a name means, without the suffix of a counter. */
export function unitInLastWord(name: string): string | undefined {
  const base = name.replace(/_total$/, '');
  return findUnit(base.slice(base.lastIndexOf('_') + 1));
}
