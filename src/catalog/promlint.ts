/** What the rules look at: a family of a page, or the definition of a metric. */
export interface LintedMetric {
  readonly name: string;
  readonly type: string;
  /** The help text; empty if there is none. */
  readonly help: string;
  readonly labels: readonly string[];
}

/** What is wrong with a name. */
export interface Violation {
  readonly message: string;
  /** What to write instead, if that is known. */
  readonly suggestion?: string;
}

/** A naming rule. */
export interface PromlintRule {
  /** The code of the rule. */
  readonly code: string;
  /** Returns what is wrong with a metric, or `undefined`. */
  readonly find: (metric: LintedMetric) => Violation | undefined;
}

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
  ...['pico', 'nano', 'micro', 'milli', 'centi', 'deci', 'deca', 'hecto', 'kilo', 'kibi', 'mega', 'mebi', 'giga'],
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
/** The code of the only rule that looks at the name of each label too. */
export const CAMEL_CASE = 'camel_case';
const RESERVED_SUFFIXES = ['_bucket', '_count', '_sum'];

/** The rules of promlint, which `promtool check metrics` applies to a page. */
export const PROMLINT_RULES: readonly PromlintRule[] = [
  {
    code: 'counter_without_total',
    find: ({ name, type }) =>
      type === 'counter' && !name.endsWith('_total')
        ? { message: `the name of the counter ${name} does not end in _total`, suggestion: `${name}_total` }
        : undefined,
  },
  {
    code: 'total_without_counter',
    find: ({ name, type }) =>
      type !== 'counter' && name.endsWith('_total')
        ? {
            message: `the name of the ${type} ${name} ends in _total, which is for counters`,
            suggestion: name.replace(/_total$/, ''),
          }
        : undefined,
  },
  {
    code: 'help_missing',
    find: ({ name, help }) => (help.trim() === '' ? { message: `${name} has no help text` } : undefined),
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
    find: ({ name, type }) => {
      const isDistribution = type === 'histogram' || type === 'summary';
      const suffix = isDistribution ? undefined : RESERVED_SUFFIXES.find((each) => name.endsWith(each));
      return suffix === undefined
        ? undefined
        : { message: `${name} ends in ${suffix}, which is for histograms and summaries` };
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
  { code: CAMEL_CASE, find: ({ name }) => findCamelCase(name) },
  {
    code: 'reserved_label',
    find: ({ name, labels }) => {
      const label = labels.find((each) => each === 'le' || each === 'quantile');
      return label === undefined
        ? undefined
        : { message: `${name} has the label ${label}, which is for histograms and summaries` };
    },
  },
];

/** Returns the naming rules that a metric breaks, its labels included. */
export function lintMetric(metric: LintedMetric): (Violation & { readonly code: string })[] {
  const found = PROMLINT_RULES.flatMap(({ code, find }) => {
    const violation = find(metric);
    return violation === undefined ? [] : [{ code, ...violation }];
  });
  const labels = metric.labels.flatMap((label) => findCamelCase(label) ?? []);
  return [...found, ...labels.map((violation) => ({ code: CAMEL_CASE, ...violation }))];
}

/** Returns what is wrong with the name of a metric or of a label if it is in camel case. */
export function findCamelCase(name: string): Violation | undefined {
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
