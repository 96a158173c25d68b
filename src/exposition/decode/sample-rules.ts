import { printable } from '../../issues';
import type { MetricFamilyType, Sample } from './metric-family';
import { readNumber } from './numbers';
import type { Scanner } from './scanner';

interface ValueRule {
  readonly accepts: (value: number) => boolean;
  readonly expected: string;
}

const TOTAL: ValueRule = { accepts: (value) => value >= 0, expected: 'a number of at least 0' };
const COUNT: ValueRule = {
  accepts: (value) => value >= 0 && Number.isInteger(value),
  expected: 'a whole number of at least 0',
};
const QUANTILE: ValueRule = { accepts: (value) => !(value < 0), expected: 'NaN, or a number of at least 0' };
const SUM: ValueRule = { accepts: (value) => !Number.isNaN(value), expected: 'a number that is not NaN' };
const TIME: ValueRule = { accepts: Number.isFinite, expected: 'a finite number of seconds' };
const ONE: ValueRule = { accepts: (value) => value === 1, expected: '1' };
const STATE: ValueRule = { accepts: (value) => value === 0 || value === 1, expected: '0 or 1' };

/** What the value of each sample may be, by type and suffix. Others may have any value. */
const VALUES: Readonly<Partial<Record<MetricFamilyType, Readonly<Record<string, ValueRule>>>>> = {
  counter: { _total: TOTAL, _created: TIME },
  histogram: { _bucket: COUNT, _count: COUNT, _sum: TOTAL, _created: TIME },
  gaugehistogram: { _bucket: COUNT, _gcount: COUNT, _gsum: SUM },
  summary: { '': QUANTILE, _count: COUNT, _sum: TOTAL, _created: TIME },
  info: { _info: ONE },
  stateset: { '': STATE },
};

/** The suffix of the samples of each type that have a label of their own, which is no part of the metric's labels. */
const LABELED: Readonly<Partial<Record<MetricFamilyType, string>>> = {
  histogram: '_bucket',
  gaugehistogram: '_bucket',
  summary: '',
  stateset: '',
};

/** The suffix of the samples of each type that may have an exemplar. */
const EXEMPLARS: Readonly<Partial<Record<MetricFamilyType, string>>> = {
  counter: '_total',
  histogram: '_bucket',
  gaugehistogram: '_bucket',
};

/** Returns the label that the type itself sets on samples: `le`, `quantile`, or that of a state. */
export function typeLabel(type: MetricFamilyType, family: string): string | undefined {
  switch (type) {
    case 'histogram':
    case 'gaugehistogram':
      return 'le';
    case 'summary':
      return 'quantile';
    case 'stateset':
      return family;
    default:
      return undefined;
  }
}

/** Checks one sample by the rules of its family's type (OpenMetrics 1.0, "Metric Types"). */
export function checkSample(
  scanner: Scanner,
  family: { readonly name: string; readonly type: MetricFamilyType },
  { name, labels, value, exemplar }: Sample,
  position: number,
): void {
  const { type } = family;
  const suffix = name.slice(family.name.length);
  const rule = VALUES[type]?.[suffix];
  if (rule !== undefined && !rule.accepts(value)) {
    const reason = `invalid value ${value} of ${printable(name)}: expected ${rule.expected}`;
    scanner.fail('invalid_value', reason, position);
  }
  const label = typeLabel(type, family.name);
  const isLabeled = suffix === LABELED[type];
  if (label !== undefined) checkTypeLabel(scanner, type, label, isLabeled, labels.get(label), position);
  if (exemplar === undefined) return;
  if (suffix !== EXEMPLARS[type]) {
    scanner.fail('invalid_value', `a sample ${printable(name)} of type ${type} must not have an exemplar`, position);
  }
  const bound = suffix === '_bucket' ? Number(readNumber(labels.get('le') ?? '')) : Infinity;
  if (exemplar.value > bound) {
    const reason = `invalid exemplar value ${exemplar.value}: expected at most the bound of its bucket, ${bound}`;
    scanner.fail('invalid_value', reason, position);
  }
}

function checkTypeLabel(
  scanner: Scanner,
  type: MetricFamilyType,
  label: string,
  isRequired: boolean,
  text: string | undefined,
  position: number,
): void {
  if (!isRequired) {
    if (text !== undefined) {
      scanner.fail('invalid_value', `the label ${printable(label)} is reserved by the type ${type}`, position);
    }
    return;
  }
  if (text === undefined)
    scanner.fail('missing', `a sample of type ${type} must have the label ${printable(label)}`, position);
  if (type === 'stateset') return;
  const bound = readNumber(text);
  const isValid = type === 'summary' ? bound !== undefined && bound >= 0 && bound <= 1 : isBound(text, bound);
  if (!isValid) {
    const expected = type === 'summary' ? 'a number between 0 and 1' : 'a number, or +Inf';
    scanner.fail('invalid_value', `invalid ${label} ${printable(text)}: expected ${expected}`, position);
  }
}

/** Whether a number is a bucket's bound. Infinity has one spelling alone, by which readers find the last bucket. */
function isBound(text: string, bound: number | undefined): boolean {
  return bound !== undefined && !Number.isNaN(bound) && (bound !== Infinity || text === '+Inf');
}
