import type { Call, Range } from './ast';
import { formatDuration } from './duration';
import { inferHistogramFunction } from './infer-histogram';
import { inferAbsent, joinLabels, replaceLabel } from './infer-labels';
import { ANY, exactly, type Interval, NOT_NEGATIVE, ONE, POSITIVE_COUNT, sumRange } from './interval';
import { NO_LABELS } from './labels';
import { quote, type Scope } from './scope';
import { type ExpressionType, numbers, UNKNOWN_VECTOR, type VectorType } from './vector';

const RATES = ['rate', 'irate', 'increase'];
const FOR_COUNTERS = [...RATES, 'resets'];
const FOR_GAUGES = [
  'delta',
  'idelta',
  'deriv',
  'predict_linear',
  'double_exponential_smoothing',
  'avg_over_time',
  'sum_over_time',
  'quantile_over_time',
  'stddev_over_time',
  'stdvar_over_time',
  'mad_over_time',
];
/** Functions that need two samples in the range. */
const NEED_TWO_SAMPLES = [...RATES, 'delta', 'idelta', 'deriv', 'predict_linear', 'double_exponential_smoothing'];
/** Functions that return one of the samples, so that the meaning of the samples stays. */
const KEEP_SAMPLES = ['last_over_time', 'first_over_time', 'max_over_time', 'min_over_time'];
const KEEP_VECTOR = ['sort', 'sort_desc', 'sort_by_label', 'sort_by_label_desc'];

/** Any time after 2001, in seconds since 1970. */
export const TIMESTAMPS: Interval = { min: 1e9, max: Number.POSITIVE_INFINITY, nan: false };

const UNIT_CIRCLE: Interval = { min: -1, max: 1, nan: true };
/** The results of functions whose values do not depend on the range of their argument. */
const RESULTS: Readonly<Record<string, Interval>> = {
  count_over_time: POSITIVE_COUNT,
  present_over_time: ONE,
  changes: NOT_NEGATIVE,
  resets: NOT_NEGATIVE,
  stddev_over_time: NOT_NEGATIVE,
  stdvar_over_time: NOT_NEGATIVE,
  mad_over_time: NOT_NEGATIVE,
  abs: { ...NOT_NEGATIVE, nan: true },
  sqrt: { ...NOT_NEGATIVE, nan: true },
  exp: { ...NOT_NEGATIVE, nan: true },
  sgn: UNIT_CIRCLE,
  sin: UNIT_CIRCLE,
  cos: UNIT_CIRCLE,
  minute: { min: 0, max: 59, nan: false },
  hour: { min: 0, max: 23, nan: false },
  day_of_week: { min: 0, max: 6, nan: false },
  day_of_month: { min: 1, max: 31, nan: false },
  day_of_year: { min: 1, max: 366, nan: false },
  days_in_month: { min: 28, max: 31, nan: false },
  month: { min: 1, max: 12, nan: false },
  year: { min: 1970, max: Number.POSITIVE_INFINITY, nan: false },
};

/** Returns the type of a function call, and reports functions that do not fit what their arguments mean. */
export function inferCall(call: Call, args: readonly ExpressionType[], scope: Scope): ExpressionType {
  const { name } = call;
  const histogram = inferHistogramFunction(call, args, scope);
  if (histogram !== undefined) return histogram;
  const range = args.find((each) => each.type === 'range');
  if (range?.type === 'range') return inferRangeFunction(call, range.of, scope);
  if (name === 'time') return { type: 'scalar', range: TIMESTAMPS, isTimestamp: true };
  const [first] = args;
  if (name === 'scalar') {
    const values = first?.type === 'vector' ? first.range : ANY;
    return {
      type: 'scalar',
      range: { ...values, nan: true },
      isTimestamp: first?.type === 'vector' && first.isTimestamp,
    };
  }
  if (first === undefined) {
    if (name === 'pi') return { type: 'scalar', range: exactly(Math.PI), isTimestamp: false };
    const computed: VectorType = { ...UNKNOWN_VECTOR, kind: 'number', labels: NO_LABELS, isFiltered: false };
    return name in RESULTS
      ? { ...computed, range: RESULTS[name] ?? ANY }
      : { type: 'scalar', range: ANY, isTimestamp: false };
  }
  if (name === 'vector') {
    const values = first.type === 'scalar' ? first.range : ANY;
    return { ...UNKNOWN_VECTOR, kind: 'number', labels: NO_LABELS, isFiltered: false, range: values };
  }
  return inferVectorFunction(call, first.type === 'vector' ? first : UNKNOWN_VECTOR, args, scope);
}

function inferVectorFunction(
  call: Call,
  vector: VectorType,
  args: readonly ExpressionType[],
  scope: Scope,
): VectorType {
  const { name } = call;
  if (KEEP_VECTOR.includes(name)) return vector;
  switch (name) {
    case 'absent':
      return inferAbsent(call, scope);
    case 'label_replace':
      return { ...vector, labels: replaceLabel(call, vector, scope) };
    case 'label_join':
      return { ...vector, labels: joinLabels(call, vector) };
    case 'info':
      return { ...vector, labels: { ...vector.labels, others: 'maybe' } };
    case 'timestamp':
      return { ...numbers(vector, TIMESTAMPS), isTimestamp: true };
    case 'round':
    case 'ceil':
    case 'floor': {
      const round = name === 'ceil' ? Math.ceil : Math.floor;
      const { min, max, nan } = vector.range;
      const rounded = { min: round(min), max: Math.ceil(max), nan };
      return { ...numbers(vector, args.length > 1 ? ANY : rounded), metric: vector.metric };
    }
    case 'clamp':
    case 'clamp_min':
    case 'clamp_max':
      return numbers(vector, clamped(name, vector.range, args));
    default:
      return numbers(vector, RESULTS[name] ?? ANY);
  }
}

function clamped(name: string, { min, max, nan }: Interval, args: readonly ExpressionType[]): Interval {
  const limits = args.slice(1).map((each) => (each.type === 'scalar' ? each.range : ANY));
  const lower = name === 'clamp_max' ? undefined : limits[0];
  const upper = name === 'clamp_max' ? limits[0] : name === 'clamp' ? limits[1] : undefined;
  let result = { min, max };
  if (lower !== undefined) result = { min: Math.max(result.min, lower.min), max: Math.max(result.max, lower.max) };
  if (upper !== undefined) result = { min: Math.min(result.min, upper.min), max: Math.min(result.max, upper.max) };
  return { ...result, nan };
}

function inferRangeFunction(call: Call, vector: VectorType, scope: Scope): VectorType {
  const { name } = call;
  if (name === 'absent_over_time') return inferAbsent(call, scope);
  const subject = vector.metric?.name ?? quote(scope, call.args.find((each) => each.type === 'range') ?? call);
  if (FOR_COUNTERS.includes(name) && vector.kind === 'gauge') {
    scope.report(
      'rate_of_gauge',
      call,
      `${name} of ${subject}, a gauge: each decrease counts as a reset of a counter`,
      {
        suggestion:
          name === 'increase' ? 'use delta' : name === 'resets' ? 'use changes' : 'use deriv, or delta for a range',
      },
    );
  }
  const isCounter = vector.kind === 'counter' || (vector.kind === 'buckets' && vector.isTotal);
  if (FOR_GAUGES.includes(name) && isCounter) {
    scope.report(
      'gauge_function_on_counter',
      call,
      `${name} of ${subject}, a counter: a restart resets it, and ${name} does not correct for that`,
      {
        suggestion:
          name === 'delta'
            ? 'use increase'
            : name.endsWith('_over_time')
              ? `use rate, or ${name} of a rate`
              : 'use rate or increase',
      },
    );
  }
  checkRange(call, scope);
  if (RATES.includes(name)) {
    const isHistogram = vector.kind === 'buckets' || vector.kind === 'histogram';
    const rate = numbers(vector, vector.kind === 'histogram' ? ANY : NOT_NEGATIVE);
    return isHistogram || vector.kind === 'unknown'
      ? { ...rate, kind: vector.kind, metric: vector.metric }
      : { ...rate, metric: vector.metric };
  }
  if (KEEP_SAMPLES.includes(name)) return vector;
  if (name === 'sum_over_time') return numbers(vector, sumRange(vector.range));
  if (name === 'avg_over_time' || name === 'quantile_over_time')
    return { ...numbers(vector, vector.range), isQuantile: vector.isQuantile };
  if (name.startsWith('ts_of_')) return { ...numbers(vector, TIMESTAMPS), isTimestamp: true };
  return numbers(vector, RESULTS[name] ?? ANY);
}

/** Reports a range that can hold fewer than two samples. */
function checkRange(call: Call, scope: Scope): void {
  const range = call.args.find((each): each is Range => each.type === 'range');
  if (range === undefined || range.isSubquery || !NEED_TWO_SAMPLES.includes(call.name)) return;
  const { seconds, variable } = range.duration;
  const least = 2 * scope.scrapeInterval;
  if (variable === '__interval' || variable === '__interval_ms') {
    scope.report(
      'range_too_short',
      range.duration,
      `$${variable} can be shorter than two scrape intervals, so ${call.name} returns gaps`,
      {
        suggestion: 'use $__rate_interval',
      },
    );
  } else if (seconds !== undefined && seconds < least) {
    scope.report(
      'range_too_short',
      range.duration,
      `a range of ${formatDuration(seconds)} holds fewer than two samples at a scrape interval of ` +
        `${formatDuration(scope.scrapeInterval)}, so ${call.name} returns gaps or nothing`,
      {
        suggestion: `use at least ${formatDuration(least)}; four scrape intervals (${formatDuration(2 * least)}) tolerate a missed scrape`,
      },
    );
  }
}
