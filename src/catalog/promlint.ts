/** What the rules look at: a family of a page, or the definition of a metric. */
export interface LintedMetric {
  readonly name: string;
  readonly type: string;
  /** The help text; empty if there is none. */
  readonly help: string;
  readonly labels: readonly string[];
}

/** One broken rule. */
export interface LintFinding {
  /** The code of the rule. */
  readonly code: string;
  readonly message: string;
}

/** Units, with the base unit of each (Prometheus documentation, Metric and label naming, Base units). */
const OTHER_UNITS: ReadonlyMap<string, string> = new Map([
  ...['minutes', 'hours', 'days', 'weeks'].map((unit) => [unit, 'seconds'] as const),
  ...['kelvin', 'kelvins', 'fahrenheit', 'rankine'].map((unit) => [unit, 'celsius'] as const),
  ...['inches', 'yards', 'miles'].map((unit) => [unit, 'meters'] as const),
  ...['pounds', 'ounces'].map((unit) => [unit, 'grams'] as const),
  ['bits', 'bytes'] as const,
  ['calories', 'joules'] as const,
]);
const BASE_UNITS = ['amperes', 'bytes', 'celsius', 'grams', 'joules', 'meters', 'metres', 'moles', 'seconds', 'volts'];
const PREFIX = /^(pico|nano|micro|milli|centi|deci|deca|hecto|kilo|kibi|mega|mebi|giga|gibi|tera|tebi|peta|pebi)/;
const ABBREVIATIONS = new Set(['s', 'ms', 'us', 'ns', 'sec', 'b', 'kb', 'mb', 'gb', 'tb', 'pb', 'm', 'h', 'd']);
const TYPES = new Set(['counter', 'gauge', 'histogram', 'summary']);

type Rule = (metric: LintedMetric, words: readonly string[]) => string | undefined;

/** The rules by code. */
const RULES: Readonly<Record<string, Rule>> = {
  counter_without_total: ({ name, type }) =>
    type === 'counter' && !name.endsWith('_total') ? 'a counter ends in _total' : undefined,
  total_without_counter: ({ name, type }) =>
    type !== 'counter' && name.endsWith('_total') ? `_total is for counters, not for a ${type}` : undefined,
  help_missing: ({ help }) => (help.trim() === '' ? 'it has no help text' : undefined),
  base_unit: (_, words) => {
    const word = words.find((each) => baseUnit(each) !== undefined);
    return word === undefined ? undefined : `use the base unit ${baseUnit(word)} instead of ${word}`;
  },
  abbreviated_unit: (_, words) => {
    const word = words.slice(1).find((each) => ABBREVIATIONS.has(each));
    return word === undefined ? undefined : `${word} abbreviates a unit`;
  },
  type_in_name: (_, words) => {
    const word = words.slice(1).find((each) => TYPES.has(each));
    return word === undefined ? undefined : `${word} is a type, which does not belong into the name`;
  },
  reserved_suffix: ({ name, type }) =>
    type !== 'histogram' && type !== 'summary' && /_(bucket|count|sum)$/.test(name)
      ? 'the suffixes _bucket, _count and _sum are for histograms and summaries'
      : undefined,
  colon_in_name: ({ name }) => (name.includes(':') ? 'colons are for recording rules' : undefined),
  camel_case: ({ name, labels }) => {
    const found = [name, ...labels].find((each) => /[a-z][A-Z]/.test(each));
    return found === undefined ? undefined : `${found} is in camel case, not in snake case`;
  },
  reserved_label: ({ labels }) => {
    const label = labels.find((each) => each === 'le' || each === 'quantile');
    return label === undefined ? undefined : `the label ${label} is for histograms and summaries`;
  },
};

/** Returns the naming rules of Prometheus that a metric breaks, those that `promtool check metrics` applies. */
export function lintMetric(metric: LintedMetric): LintFinding[] {
  const words = metric.name.split('_');
  return Object.entries(RULES).flatMap(([code, rule]) => {
    const problem = rule(metric, words);
    return problem === undefined ? [] : [{ code, message: `${metric.name}: ${problem}` }];
  });
}

/** Returns the base unit of another unit, or `undefined` for any other word. */
function baseUnit(word: string): string | undefined {
  const unprefixed = word.replace(PREFIX, '');
  return OTHER_UNITS.get(word) ?? (unprefixed !== word && BASE_UNITS.includes(unprefixed) ? unprefixed : undefined);
}
