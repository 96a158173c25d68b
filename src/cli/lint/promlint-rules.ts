import { unitOfWord } from '../units';
import type { LabelRule, MetricRule } from './rule';

/** The base units of Prometheus, and other units of the same quantity. */
const BASE_UNITS: Readonly<Record<string, readonly string[]>> = {
  amperes: [],
  bytes: ['bits'],
  celsius: ['fahrenheit', 'rankine'],
  grams: ['pounds', 'ounces'],
  joules: ['calories'],
  kelvin: ['kelvins'],
  meters: ['inches', 'yards', 'miles'],
  metres: [],
  moles: [],
  seconds: ['minutes', 'hours', 'days', 'weeks'],
  volts: [],
};
const PREFIXES = [
  ...['pico', 'nano', 'micro', 'milli', 'centi', 'deci', 'deca', 'hecto', 'kilo', 'kibi', 'mega', 'mibi', 'giga'],
  ...['gibi', 'tera', 'tebi', 'peta', 'pebi'],
];
const ABBREVIATIONS = ['s', 'ms', 'us', 'ns', 'sec', 'b', 'kb', 'mb', 'gb', 'tb', 'pb', 'm', 'h', 'd'];
const ABBREVIATED: Readonly<Record<string, string>> = {
  s: 'seconds',
  sec: 'seconds',
  h: 'hours',
  d: 'days',
  b: 'bytes',
};
const TYPES = ['counter', 'gauge', 'histogram', 'summary'];
const RESERVED_SUFFIXES = ['_bucket', '_count', '_sum'];

/** The rules of promlint, which `promtool check metrics` applies to a page. */
export const PROMLINT_METRIC_RULES: readonly MetricRule[] = [
  {
    code: 'counter_without_total',
    find: ({ name, instrument }) =>
      instrument === 'counter' && !name.endsWith('_total')
        ? { message: `the name of the counter ${name} does not end in _total`, suggestion: `${name}_total` }
        : undefined,
  },
  {
    code: 'total_without_counter',
    find: ({ name, instrument }) =>
      instrument !== 'counter' && name.endsWith('_total')
        ? {
            message: `the name of the ${instrument} ${name} ends in _total, which is for counters`,
            suggestion: name.replace(/_total$/, ''),
          }
        : undefined,
  },
  {
    code: 'help_missing',
    find: ({ name, brief }) => (brief.trim() === '' ? { message: `${name} has no brief` } : undefined),
  },
  {
    code: 'base_unit',
    find: ({ name }) => {
      const [word, base] = findOtherUnit(name) ?? [];
      if (word === undefined || base === undefined) return undefined;
      return {
        message: `${name} has the unit ${word}; the base unit is ${base}`,
        suggestion: name.replace(word, base),
      };
    },
  },
  {
    code: 'abbreviated_unit',
    find: ({ name }) => {
      const abbreviation = ABBREVIATIONS.find((each) => name.includes(`_${each}_`) || name.endsWith(`_${each}`));
      if (abbreviation === undefined) return undefined;
      const word = ABBREVIATED[abbreviation];
      return {
        message: `${name} abbreviates the unit ${abbreviation}`,
        ...(word === undefined ? {} : { suggestion: name.replace(new RegExp(`_${abbreviation}(?=_|$)`), `_${word}`) }),
      };
    },
  },
  {
    code: 'type_in_name',
    find: ({ name }) => {
      const type = TYPES.find((each) => name.includes(`_${each}_`) || name.endsWith(`_${each}`));
      return type === undefined ? undefined : { message: `${name} has the type ${type} in its name` };
    },
  },
  {
    code: 'reserved_suffix',
    find: ({ name, instrument }) => {
      const suffix = instrument === 'histogram' ? undefined : RESERVED_SUFFIXES.find((each) => name.endsWith(each));
      return suffix === undefined ? undefined : { message: `${name} ends in ${suffix}, which is for histograms` };
    },
  },
  {
    code: 'colon_in_name',
    find: ({ name }) =>
      name.includes(':')
        ? {
            message: `${name} has a colon, which is for recording rules`,
            suggestion: name.replaceAll(':', '_'),
          }
        : undefined,
  },
  { code: 'camel_case', find: ({ name }) => findCamelCase(name) },
  {
    code: 'reserved_label',
    find: ({ name, labels }) => {
      const label = labels.find(({ label }) => label === 'le' || label === 'quantile');
      return label === undefined
        ? undefined
        : { message: `${name} has the label ${label.label}, which is for histograms and summaries` };
    },
  },
];

export const PROMLINT_LABEL_RULES: readonly LabelRule[] = [
  { code: 'camel_case', find: ({ label }) => findCamelCase(label) },
];

function findCamelCase(name: string) {
  if (!/[a-z][A-Z]/.test(name)) return undefined;
  const suggestion = name.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return { message: `${name} is in camel case; Prometheus names are in snake case`, suggestion };
}

/** Returns the first word of a name that is a unit and no base unit, and its base unit. */
function findOtherUnit(name: string): [word: string, base: string] | undefined {
  for (const word of name.split('_')) {
    for (const [base, others] of Object.entries(BASE_UNITS)) {
      if (others.includes(word) || PREFIXES.some((prefix) => word === prefix + base)) return [word, base];
    }
  }
  return undefined;
}

/** Returns the unit that the last word of a name stands for, the suffix of a counter apart. */
export function unitInLastWord(name: string): string | undefined {
  const base = name.replace(/_total$/, '');
  return unitOfWord(base.slice(base.lastIndexOf('_') + 1));
}
