import { type Binary, COMPARISONS, type Expression, SET_OPERATORS } from './ast';
import { checkMatching, matchedLabels } from './infer-matching';
import { calculate, compare, type Interval, narrow, union, ZERO_OR_ONE } from './interval';
import { unionLabels } from './labels';
import { quote, type Scope } from './scope';
import { type ExpressionType, numbers, type ScalarType, UNKNOWN_VECTOR, type VectorType } from './vector';

/** Returns the type of an operation, and reports comparisons and matchings that cannot return anything. */
export function inferBinary(binary: Binary, left: ExpressionType, right: ExpressionType, scope: Scope): ExpressionType {
  const isComparison = COMPARISONS.includes(binary.operator);
  if (left.type === 'scalar' && right.type === 'scalar') {
    const range = isComparison ? ZERO_OR_ONE : calculate(binary.operator, left.range, right.range);
    return { type: 'scalar', range, isTimestamp: left.isTimestamp !== right.isTimestamp && binary.operator !== '*' };
  }
  if (left.type === 'any' && right.type !== 'vector') return left;
  if (right.type === 'any' && left.type !== 'vector') return right;
  checkTime(binary, left, right, scope);
  if (left.type === 'vector' && right.type === 'vector') {
    if (SET_OPERATORS.includes(binary.operator)) return inferSet(binary, left, right, scope);
    checkMatching(binary, left, right, scope);
    const many = binary.matching.group === 'right' ? right : left;
    const labels = matchedLabels(binary.matching, left.labels, right.labels);
    if (isComparison) return { ...compared(binary, left, right, scope), labels };
    const result = numbers(many, calculate(binary.operator, left.range, right.range));
    const isSum = binary.operator === '+' && left.kind === right.kind;
    const isTimestamp = left.isTimestamp !== right.isTimestamp && ['+', '-'].includes(binary.operator);
    return {
      ...result,
      labels,
      ...(isSum ? { kind: left.kind, isTotal: left.isTotal } : {}),
      isFiltered: left.isFiltered || right.isFiltered,
      isTimestamp,
    };
  }
  return inferWithScalar(binary, left, right, scope);
}

/** Returns the type of an operation of a vector and a scalar, in either order. */
function inferWithScalar(binary: Binary, left: ExpressionType, right: ExpressionType, scope: Scope): VectorType {
  const vector = left.type === 'vector' ? left : right.type === 'vector' ? right : UNKNOWN_VECTOR;
  const scalar = left.type === 'vector' ? right : left;
  if (scalar.type !== 'scalar')
    return COMPARISONS.includes(binary.operator) ? { ...vector, isFiltered: true } : UNKNOWN_VECTOR;
  if (COMPARISONS.includes(binary.operator)) return compared(binary, left, right, scope);
  const [a, b] = [valueRange(left), valueRange(right)];
  const { operator } = binary;
  const result = numbers(vector, calculate(operator, a, b));
  const keepsKind = (operator === '*' || (operator === '/' && left.type === 'vector')) && scalar.range.min > 0;
  const isTimestamp = ['+', '-'].includes(operator) && vector.isTimestamp !== scalar.isTimestamp;
  if (!keepsKind) return { ...result, isTimestamp };
  return {
    ...result,
    kind: vector.kind,
    metric: vector.metric,
    isTotal: vector.isTotal,
    isQuantile: vector.isQuantile,
  };
}

function valueRange(type: ExpressionType): Interval {
  return type.type === 'vector' || type.type === 'scalar' ? type.range : UNKNOWN_VECTOR.range;
}

function compared(binary: Binary, left: ExpressionType, right: ExpressionType, scope: Scope): VectorType {
  const vector = left.type === 'vector' ? left : right.type === 'vector' ? right : UNKNOWN_VECTOR;
  const isSwapped = left.type !== 'vector';
  const other = (isSwapped ? left : right) as ScalarType | VectorType;
  const operator = isSwapped ? mirror(binary.operator) : binary.operator;
  if (other.type === 'scalar') checkCounter(binary, vector, other, scope);
  const verdict = compare(operator, vector.range, other.range);
  if (verdict === 'never') reportUnreachable(binary, operator, vector, other, scope);
  if (binary.isBool) return numbers(vector, ZERO_OR_ONE);
  const range = narrow(operator, vector.range, other.range);
  return { ...vector, range, isFiltered: vector.isFiltered || verdict !== 'always' };
}

/** Returns the operator of a comparison whose sides are exchanged. */
function mirror(operator: string): string {
  return operator.startsWith('>') ? operator.replace('>', '<') : operator.replace('<', '>');
}

/** Reports a total since the start that is compared with a number. Zero is accepted: it tests whether anything happened. */
function checkCounter(binary: Binary, vector: VectorType, { range }: ScalarType, scope: Scope): void {
  const isCounter = vector.kind === 'counter' || (vector.kind === 'buckets' && vector.isTotal);
  if (!isCounter || range.min !== range.max || range.min <= 0) return;
  const name = vector.metric?.name ?? quote(scope, binary.left);
  scope.report(
    'counter_without_rate',
    binary,
    `${name} is a counter: the total since the start of the process grows until it is above any threshold`,
    { suggestion: `compare rate(...[5m]) or increase(...[1h]) with ${range.min}` },
  );
}

function reportUnreachable(
  binary: Binary,
  operator: string,
  vector: VectorType,
  other: ScalarType | VectorType,
  scope: Scope,
): void {
  const { min, max } = vector.range;
  const subject = quote(scope, binary.left === findComparedOperand(binary, vector, other) ? binary.left : binary.right);
  const effect = binary.isBool ? 'it is always 0' : 'it never returns anything';
  if (vector.isQuantile && Number.isFinite(max) && other.range.min >= max) {
    const name = vector.metric?.name ?? 'the histogram';
    scope.report(
      'quantile_above_buckets',
      binary,
      `the highest bucket of ${name} ends at ${max}, and a quantile is never above it, so ${effect}`,
      { suggestion: `use a threshold below ${max}, or add buckets to the histogram` },
    );
    return;
  }
  const values =
    min === max ? `always ${min}` : max === Number.POSITIVE_INFINITY ? `at least ${min}` : `between ${min} and ${max}`;
  const isAbsence = operator === '==' && min === 1 && other.range.max === 0;
  scope.report('threshold_unreachable', binary, `${subject} is ${values}, so ${effect}`, {
    suggestion: isAbsence ? 'an empty result is not 0: use absent(...)' : undefined,
  });
}

function findComparedOperand(binary: Binary, vector: VectorType, other: ScalarType | VectorType): Expression {
  return other.type === 'scalar' && binary.left.type === 'number'
    ? binary.right
    : vector === other
      ? binary.right
      : binary.left;
}

function inferSet(binary: Binary, left: VectorType, right: VectorType, scope: Scope): VectorType {
  if (binary.operator === 'or') {
    const kind = left.kind === right.kind ? left.kind : 'number';
    return {
      ...numbers(left, union(left.range, right.range)),
      kind: left.kind === 'unknown' || right.kind === 'unknown' ? 'unknown' : kind,
      isTotal: left.isTotal && right.isTotal,
      metric: left.metric === right.metric ? left.metric : undefined,
      labels: unionLabels(left.labels, right.labels),
      isFiltered: left.isFiltered && right.isFiltered,
    };
  }
  checkMatching(binary, left, right, scope);
  if (binary.operator === 'and') checkContradiction(binary, scope);
  return { ...left, isFiltered: true };
}

/** Reports `x > 5 and x < 3`: two comparisons of one vector that no value fulfils. */
function checkContradiction({ left, right, ...binary }: Binary, scope: Scope): void {
  if (
    left.type !== 'binary' ||
    right.type !== 'binary' ||
    left.right.type !== 'number' ||
    right.right.type !== 'number'
  )
    return;
  if (left.isBool || right.isBool || quote(scope, left.left) !== quote(scope, right.left)) return;
  const all = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY, nan: false };
  const [a, b] = [left.right.value, right.right.value].map((value) => ({ min: value, max: value, nan: false }));
  if (a === undefined || b === undefined) return;
  if (compare(right.operator, narrow(left.operator, all, a), b) !== 'never') return;
  scope.report(
    'threshold_unreachable',
    binary,
    `no value of ${quote(scope, left.left)} is ${left.operator} ${a.min} and ${right.operator} ${b.min}`,
  );
}

/** Reports `time() - x` where `x` does not hold a time. */
function checkTime(binary: Binary, left: ExpressionType, right: ExpressionType, scope: Scope): void {
  const isTime = (type: ExpressionType) => (type.type === 'scalar' || type.type === 'vector') && type.isTimestamp;
  if (binary.operator !== '-' || !isTime(left) || right.type !== 'vector' || right.isTimestamp) return;
  const { metric } = right;
  if (
    metric?.unit === undefined ||
    /^m?s$/.test(metric.unit) ||
    /time|stamp|created|start|expir|last|_at$/.test(metric.name)
  )
    return;
  scope.report(
    'time_of_non_timestamp',
    binary,
    `${metric.name} has the unit ${metric.unit}, not seconds since 1970, so the difference is about the current time`,
    {
      suggestion:
        'subtract a metric that holds a timestamp; for the duration of a state use min_over_time(x[2m]) == 1 or "for"',
    },
  );
}
