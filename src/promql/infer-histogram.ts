import type { Call } from './ast';
import { ANY, type Interval } from './interval';
import { ALWAYS, labelState, NEVER, withState } from './labels';
import { quote, type Scope } from './scope';
import { type ExpressionType, numbers, UNKNOWN_VECTOR, type VectorType } from './vector';

const QUANTILES = ['histogram_quantile', 'histogram_quantiles', 'histogram_fraction'];
const NATIVE_ONLY = ['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev', 'histogram_stdvar'];

/** Returns the type of a function of histograms; undefined for another function. */
export function inferHistogramFunction(
  call: Call,
  args: readonly ExpressionType[],
  scope: Scope,
): VectorType | undefined {
  const { name } = call;
  const isQuantile = QUANTILES.includes(name);
  if (!isQuantile && !NATIVE_ONLY.includes(name)) return undefined;
  const given = args.find((each) => each.type === 'vector');
  const vector = given?.type === 'vector' ? given : UNKNOWN_VECTOR;
  if (isQuantile) checkQuantile(call, args, scope);
  const place = call.args[args.indexOf(given ?? { type: 'any' })] ?? call;
  if (!isQuantile && vector.kind === 'buckets') {
    scope.report(
      'not_a_histogram',
      place,
      `${name} works on native histograms, and ${quote(scope, place)} has classic buckets, so it returns nothing`,
      {
        suggestion: nativeAlternative(name, vector),
      },
    );
    return UNKNOWN_VECTOR;
  }
  const hasNoBuckets = vector.kind !== 'buckets' && vector.kind !== 'histogram' && vector.kind !== 'unknown';
  const lacksLe = labelState(vector.labels, 'le').presence === 'never';
  if (isQuantile && lacksLe && (vector.kind === 'buckets' || (hasNoBuckets && vector.metric === undefined))) {
    scope.report(
      'missing_le',
      place,
      `${name} needs the label le, which ${quote(scope, place)} does not have, so it returns nothing`,
      {
        suggestion: 'keep le in the aggregation: sum by (le, ...) (rate(..._bucket[5m]))',
      },
    );
    return UNKNOWN_VECTOR;
  }
  if (hasNoBuckets && (vector.metric !== undefined || lacksLe)) {
    const subject =
      vector.metric === undefined
        ? quote(scope, place)
        : `${quote(scope, place)} (${vector.metric.name}, a ${vector.metric.instrument})`;
    const isHistogram = vector.metric?.instrument === 'histogram';
    scope.report(
      'not_a_histogram',
      place,
      `${name} needs the buckets of a histogram, received ${subject}, so it returns nothing`,
      {
        suggestion: isHistogram ? `use ${vector.metric?.name}_bucket` : undefined,
      },
    );
    return UNKNOWN_VECTOR;
  }
  if (vector.kind === 'buckets' && vector.isTotal) {
    scope.report(
      'counter_without_rate',
      place,
      `${name} of buckets without rate: the result covers all observations since the start of the process`,
      {
        suggestion: `${name}(..., rate(${vector.metric?.name ?? '...'}_bucket[5m]))`,
      },
    );
  }
  return quantileType(name, vector);
}

function quantileType(name: string, vector: VectorType): VectorType {
  const labels = withState(vector.labels, 'le', NEVER);
  if (name === 'histogram_fraction') return { ...numbers(vector, { min: 0, max: 1, nan: true }), labels };
  const isClassic = vector.kind === 'buckets';
  const result = {
    ...numbers(vector, isClassic ? quantileRange(vector) : ANY),
    metric: vector.metric,
    labels,
    isQuantile: isClassic,
  };
  return name === 'histogram_quantiles'
    ? { ...result, labels: withState({ ...labels, others: 'maybe' }, 'quantile', ALWAYS) }
    : result;
}

/** A quantile of a classic histogram is at most the upper bound of the last finite bucket. */
function quantileRange({ metric }: VectorType): Interval {
  const { buckets } = metric ?? {};
  const [first, last] = [buckets?.[0], buckets?.at(-1)];
  if (first === undefined || last === undefined) return ANY;
  return { min: first > 0 ? 0 : first, max: last, nan: true };
}

/** Reports a quantile outside of 0..1, for which the result is infinite. */
function checkQuantile(call: Call, args: readonly ExpressionType[], scope: Scope): void {
  if (call.name === 'histogram_fraction') return;
  call.args.forEach((argument, i) => {
    const type = args[i];
    if (type?.type !== 'scalar' || type.range.min !== type.range.max) return;
    const value = type.range.min;
    if (value >= 0 && value <= 1) return;
    scope.report(
      'quantile_out_of_range',
      argument,
      `invalid quantile ${value}: expected 0 to 1; the result is ${value > 1 ? '+Inf' : '-Inf'}`,
      {
        suggestion: value > 1 && value <= 100 ? `use ${value / 100}` : undefined,
      },
    );
  });
}

function nativeAlternative(name: string, { metric }: VectorType): string | undefined {
  if (metric === undefined) return undefined;
  if (name === 'histogram_count') return `use ${metric.name}_count`;
  if (name === 'histogram_sum') return `use ${metric.name}_sum`;
  return name === 'histogram_avg' ? `divide the rates of ${metric.name}_sum and ${metric.name}_count` : undefined;
}
