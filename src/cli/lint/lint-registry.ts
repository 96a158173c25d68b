import { findNearest } from '../../issues';
import type { LintException } from '../../registry/lint-exceptions';
import type { Registry, RegistryLabel, RegistryMetric } from '../../registry/registry';
import { type Finding, parsePlace } from '../finding';
import { CONVENTION_LABEL_RULES, CONVENTION_METRIC_RULES } from './convention-rules';
import { PROMLINT_LABEL_RULES, PROMLINT_METRIC_RULES } from './promlint-rules';
import type { Rule } from './rule';

const METRIC_RULES = [...PROMLINT_METRIC_RULES, ...CONVENTION_METRIC_RULES];
const LABEL_RULES = [...PROMLINT_LABEL_RULES, ...CONVENTION_LABEL_RULES];
const UNUSED = 'unused_attribute';

/** The code of each naming rule, which an exception names. */
export const RULES: readonly string[] = [
  ...new Set([...METRIC_RULES, ...LABEL_RULES].map(({ code }) => code).concat(UNUSED)),
];

interface Definition {
  readonly position: string;
  readonly exceptions: readonly LintException[];
}

/** Returns the naming rules that the definitions of a registry break without an exception, and exceptions without use. */
export function lintRegistry({ metrics, labels }: Registry): Finding[] {
  const used = new Set(metrics.flatMap((metric) => metric.labels.map(({ key }) => key)));
  const unused: Rule<RegistryLabel> = {
    code: UNUSED,
    find: ({ key }) => (used.has(key) ? undefined : { message: `no metric has the attribute ${key}` }),
  };
  return [
    ...labels.flatMap((label) => applyRules<RegistryLabel>([...LABEL_RULES, unused], label)),
    ...metrics.flatMap((metric) => applyRules<RegistryMetric>(METRIC_RULES, metric)),
  ];
}

function applyRules<T extends Definition>(rules: readonly Rule<T>[], definition: T): Finding[] {
  const broken = new Set<string>();
  const findings = rules.flatMap(({ code, find }): Finding[] => {
    const violation = find(definition);
    if (violation === undefined) return [];
    broken.add(code);
    if (definition.exceptions.some(({ rule }) => rule === code)) return [];
    return [{ code, severity: 'warning', ...parsePlace(definition.position), ...violation }];
  });
  return [...findings, ...definition.exceptions.flatMap((exception) => checkException(exception, broken))];
}

function checkException({ rule, position }: LintException, broken: ReadonlySet<string>): Finding[] {
  const place = parsePlace(position);
  if (!RULES.includes(rule)) {
    const nearest = findNearest(rule, RULES);
    const suggestion = nearest === undefined ? `expected one of ${RULES.join(', ')}` : `did you mean ${nearest}?`;
    return [{ code: 'unknown_rule', severity: 'error', message: `there is no rule ${rule}`, ...place, suggestion }];
  }
  if (broken.has(rule)) return [];
  const message = `the exception from ${rule} has no effect`;
  return [{ code: 'unused_exception', severity: 'warning', message, ...place, suggestion: 'remove it' }];
}
