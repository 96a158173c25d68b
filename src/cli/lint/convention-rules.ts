import { DEFAULT_CARDINALITY_LIMIT } from '../../catalog/definition';
import { isClosed } from '../../catalog/labels';
import { unitWords } from '../../exposition/names/units';
import { findUnit } from '../units';
import { unitInLastWord } from './promlint-rules';
import type { LabelRule, MetricRule } from './rule';

const METRIC_FORMAT = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const ATTRIBUTE_FORMAT = /^[a-z][a-z0-9]*([._][a-z0-9]+)*$/;

/** The rules of the semantic conventions that hold for Prometheus names too, and rules about series. */
export const CONVENTION_METRIC_RULES: readonly MetricRule[] = [
  {
    code: 'name_format',
    find: ({ name }) =>
      METRIC_FORMAT.test(name) || /[a-z][A-Z]|:/.test(name)
        ? undefined
        : { message: `${name} is not made of lower-case words that are joined by single underscores` },
  },
  {
    code: 'unit_format',
    find: ({ name, unit }) => {
      const code = findUnit(unit);
      return code === undefined || code === unit
        ? undefined
        : {
            message: `the unit "${unit}" of ${name} is a word; units are written in UCUM`,
            suggestion: `unit: ${code}`,
          };
    },
  },
  {
    code: 'unit_missing_in_name',
    find: ({ name, unit }) => {
      const { main } = unitWords(unit);
      if (main === '' || findUnit(unit) !== undefined || name.split('_').includes(main)) return undefined;
      // A name with another unit has that difference reported.
      if (unitInLastWord(name) !== undefined) return undefined;
      const suggestion = name.endsWith('_total') ? name.replace(/_total$/, `_${main}_total`) : `${name}_${main}`;
      return { message: `the unit ${unit} of ${name} is not in its name`, suggestion };
    },
  },
  {
    code: 'unit_differs_from_name',
    find: ({ name, unit }) => {
      const named = unitInLastWord(name);
      if (named === undefined || named === unit || findUnit(unit) !== undefined) return undefined;
      return {
        message: `the name ${name} has the unit ${named}, the definition ${unit}`,
        suggestion: `unit: "${named}"`,
      };
    },
  },
  {
    code: 'default_buckets',
    find: ({ name, instrument, unit, buckets }) =>
      instrument === 'histogram' && buckets === undefined && unit !== 's'
        ? {
            message: `${name} has the default buckets, which are made for seconds`,
            suggestion: 'list buckets in annotations.meterbridge.buckets',
          }
        : undefined,
  },
  {
    code: 'too_many_combinations',
    find: ({ name, labels, cardinalityLimit = DEFAULT_CARDINALITY_LIMIT }) => {
      const count = labels.reduce((product, { values }) => product * (isClosed(values) ? values.length : 1), 1);
      return count <= cardinalityLimit
        ? undefined
        : {
            message: `the closed labels of ${name} have ${count} combinations, more than the limit ${cardinalityLimit}`,
            suggestion: 'remove a label, or raise annotations.meterbridge.cardinality_limit',
          };
    },
  },
];

export const CONVENTION_LABEL_RULES: readonly LabelRule[] = [
  {
    code: 'attribute_format',
    find: ({ key }) =>
      ATTRIBUTE_FORMAT.test(key)
        ? undefined
        : { message: `the attribute ${key} is not made of lower-case words that are joined by dots or underscores` },
  },
];
