/** The type of a value of PromQL. */
export type ValueType = 'scalar' | 'string' | 'vector' | 'range';

/** The types that a function accepts and returns. */
export interface Signature {
  /** The types of the arguments, the optional ones included. */
  readonly args: readonly ValueType[];
  readonly required: number;
  /** The last argument can be repeated. */
  readonly isVariadic: boolean;
  readonly returns: ValueType;
}

const RANGE_FUNCTIONS =
  'absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time ' +
  'mad_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time ' +
  'ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time';
const VECTOR_FUNCTIONS =
  'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_stddev ' +
  'histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort sort_desc sqrt start_timestamp tan tanh timestamp';
const DATE_FUNCTIONS = 'day_of_month day_of_week day_of_year days_in_month hour minute month year';

/** Returns the signature that a text such as `scalar, vector? -> vector` describes. */
function signature(text: string): Signature {
  const [args = '', returns] = text.split(' -> ');
  const types = args.split(', ').filter((each) => each !== '');
  return {
    args: types.map((each) => each.replace(/[?*]/, '') as ValueType),
    required: types.filter((each) => !/[?*]/.test(each)).length,
    isVariadic: types.some((each) => each.endsWith('*')),
    returns: returns as ValueType,
  };
}

const OTHER: Readonly<Record<string, string>> = {
  clamp: 'vector, scalar, scalar -> vector',
  clamp_max: 'vector, scalar -> vector',
  clamp_min: 'vector, scalar -> vector',
  double_exponential_smoothing: 'range, scalar, scalar -> vector',
  end: ' -> scalar',
  histogram_fraction: 'scalar, scalar, vector -> vector',
  histogram_quantile: 'scalar, vector -> vector',
  histogram_quantiles: 'vector, string, scalar, scalar* -> vector',
  info: 'vector, vector? -> vector',
  label_join: 'vector, string, string, string* -> vector',
  label_replace: 'vector, string, string, string, string -> vector',
  pi: ' -> scalar',
  predict_linear: 'range, scalar -> vector',
  quantile_over_time: 'scalar, range -> vector',
  range: ' -> scalar',
  round: 'vector, scalar? -> vector',
  scalar: 'vector -> scalar',
  sort_by_label: 'vector, string, string* -> vector',
  sort_by_label_desc: 'vector, string, string* -> vector',
  start: ' -> scalar',
  step: ' -> scalar',
  time: ' -> scalar',
  vector: 'scalar -> vector',
};

/** The functions of PromQL by name (Prometheus documentation, Query functions). */
export const FUNCTIONS: ReadonlyMap<string, Signature> = new Map([
  ...RANGE_FUNCTIONS.split(' ').map((name) => [name, signature('range -> vector')] as const),
  ...VECTOR_FUNCTIONS.split(' ').map((name) => [name, signature('vector -> vector')] as const),
  ...DATE_FUNCTIONS.split(' ').map((name) => [name, signature('vector? -> vector')] as const),
  ...Object.entries(OTHER).map(([name, text]) => [name, signature(text)] as const),
]);

/** The aggregations that take a parameter before the vector, and its type. */
export const AGGREGATION_PARAMETERS: Readonly<Record<string, ValueType>> = {
  topk: 'scalar',
  bottomk: 'scalar',
  limitk: 'scalar',
  limit_ratio: 'scalar',
  quantile: 'scalar',
  count_values: 'string',
};

/** The names of the aggregations. */
export const AGGREGATIONS: readonly string[] = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  ...Object.keys(AGGREGATION_PARAMETERS),
];
