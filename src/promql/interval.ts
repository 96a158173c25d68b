/** The values that a sample can have. */
export interface Interval {
  readonly min: number;
  readonly max: number;
  /** Whether the value can be NaN, for which no comparison but `!=` holds. */
  readonly nan: boolean;
}

const { POSITIVE_INFINITY: INFINITY, NEGATIVE_INFINITY } = Number;

/** Any value. */
export const ANY: Interval = { min: NEGATIVE_INFINITY, max: INFINITY, nan: true };
export const NOT_NEGATIVE: Interval = { min: 0, max: INFINITY, nan: false };
export const POSITIVE_COUNT: Interval = { min: 1, max: INFINITY, nan: false };
export const ONE: Interval = { min: 1, max: 1, nan: false };
export const ZERO_OR_ONE: Interval = { min: 0, max: 1, nan: false };

/** Returns the interval of a single value. */
export function exactly(value: number): Interval {
  return Number.isNaN(value) ? ANY : { min: value, max: value, nan: false };
}

/** Returns the smallest interval that contains two others. */
export function union(a: Interval, b: Interval): Interval {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max), nan: a.nan || b.nan };
}

/** Returns the values that the sum of any number of samples can have. */
export function sumRange({ min, max, nan }: Interval): Interval {
  return { min: min >= 0 ? min : NEGATIVE_INFINITY, max: max <= 0 ? max : INFINITY, nan };
}

/** Returns the interval of an arithmetic operation. */
export function calculate(operator: string, a: Interval, b: Interval): Interval {
  const nan = a.nan || b.nan;
  switch (operator) {
    case '+':
      return bounds([a.min + b.min, a.max + b.max], nan);
    case '-':
      return bounds([a.min - b.max, a.max - b.min], nan);
    case '*':
      return bounds(
        corners(a, b, (x, y) => (x === 0 || y === 0 ? 0 : x * y)),
        nan,
      );
    case '/':
      if (b.min > 0 || b.max < 0)
        return bounds(
          corners(a, b, (x, y) => (Number.isFinite(y) ? x / y : 0)),
          nan,
        );
      return a.min >= 0 && b.min >= 0 ? { min: 0, max: INFINITY, nan: true } : ANY;
    case '^':
      return a.min >= 0 ? { min: 0, max: INFINITY, nan } : ANY;
    case '%':
      return a.min >= 0 ? { min: 0, max: Math.max(0, a.max), nan: true } : ANY;
    default:
      return ANY;
  }
}

function corners(a: Interval, b: Interval, apply: (x: number, y: number) => number): number[] {
  return [apply(a.min, b.min), apply(a.min, b.max), apply(a.max, b.min), apply(a.max, b.max)];
}

function bounds(values: readonly number[], nan: boolean): Interval {
  return values.some(Number.isNaN) ? ANY : { min: Math.min(...values), max: Math.max(...values), nan };
}

/** Returns whether a comparison holds for every value, for none, or for some. */
export function compare(operator: string, a: Interval, b: Interval): 'always' | 'never' | 'sometimes' {
  if (isNever(operator, a, b)) return 'never';
  const opposite = { '>': '<=', '>=': '<', '<': '>=', '<=': '>', '==': '!=', '!=': '==' }[operator] ?? '';
  const mayBeNaN = (a.nan || b.nan) && operator !== '!=';
  return !mayBeNaN && isNever(opposite, a, b) ? 'always' : 'sometimes';
}

function isNever(operator: string, a: Interval, b: Interval): boolean {
  switch (operator) {
    case '>':
      return a.max <= b.min;
    case '>=':
      return a.max < b.min;
    case '<':
      return a.min >= b.max;
    case '<=':
      return a.min > b.max;
    case '==':
      return a.max < b.min || a.min > b.max;
    case '!=':
      return a.min === a.max && b.min === b.max && a.min === b.min && !a.nan && !b.nan;
    default:
      return false;
  }
}

/** Returns the values of `a` for which a comparison with some value of `b` holds. */
export function narrow(operator: string, a: Interval, b: Interval): Interval {
  let { min, max } = a;
  if (operator === '>' || operator === '>=' || operator === '==') min = Math.max(min, b.min);
  if (operator === '<' || operator === '<=' || operator === '==') max = Math.min(max, b.max);
  return min > max ? a : { min, max, nan: a.nan && operator === '!=' };
}
