import { type Binary, COMPARISONS, children, type Expression, type Range, selectors } from './ast';
import { formatDuration } from './duration';
import type { AlertRule } from './query';
import { quote, type Scope, selectorName } from './scope';
import type { ExpressionType } from './vector';

/** Reports an alert that can never fire or never resolve. */
export function checkAlert(alert: AlertRule, expression: Expression, type: ExpressionType, scope: Scope): void {
  // An expression without a metric fires on purpose, to show that alerts are delivered.
  if (selectors(expression).length > 0) checkResolves(expression, type, scope);
  checkFor(alert, expression, scope);
}

function checkResolves(expression: Expression, type: ExpressionType, scope: Scope): void {
  if (type.type === 'scalar') {
    scope.report('alert_never_resolves', expression, 'a scalar always has a value, so the alert always fires', {
      suggestion: 'compare a vector instead',
    });
  }
  if (type.type !== 'vector' || type.kind === 'unknown') return;
  if (expression.type === 'binary' && COMPARISONS.includes(expression.operator)) {
    if (expression.isBool) {
      scope.report(
        'alert_never_resolves',
        expression,
        'a comparison with bool returns 0 or 1, and an alert fires for both',
        {
          suggestion: 'remove bool',
        },
      );
      return;
    }
    const isCounter = type.kind === 'counter' && type.range.min >= 0 && expression.operator.startsWith('>');
    if (isCounter && expression.right.type === 'number' && expression.right.value === 0) {
      const [selector] = selectors(expression);
      const name = selector === undefined ? 'it' : selectorName(scope, selector);
      scope.report(
        'alert_never_resolves',
        expression,
        `${name} is a counter: once it is above 0 it stays there until the process restarts`,
        {
          suggestion: 'use increase(...[15m]) > 0',
        },
      );
      return;
    }
  }
  if (type.isFiltered) return;
  const isComparison = expression.type === 'binary' && COMPARISONS.includes(expression.operator);
  const reason = isComparison
    ? 'the comparison holds for every value'
    : 'the expression compares nothing, so it returns every series';
  scope.report('alert_never_resolves', expression, `${reason}, and the alert always fires`, {
    suggestion: isComparison ? undefined : 'compare it with a threshold',
  });
}

/** Functions whose result a single event raises only for the length of their range. */
const EVENT_FUNCTIONS = ['increase', 'changes', 'histogram_quantile'];

function checkFor(alert: AlertRule, expression: Expression, scope: Scope): void {
  if (alert.for === 0 || expression.type !== 'binary') return;
  const limit = formatDuration(alert.for);
  if (expression.operator === 'unless') {
    const offset = findOwnOffset(expression, scope);
    if (offset === undefined || offset > alert.for) return;
    scope.report(
      'alert_never_fires',
      expression,
      `a series is absent ${formatDuration(offset)} ago for only ${formatDuration(offset)}, so the condition never holds for ${limit}`,
      { suggestion: `use a "for" below ${formatDuration(offset)}` },
    );
    return;
  }
  if (!COMPARISONS.includes(expression.operator) || expression.right.type !== 'number') return;
  const { left } = expression;
  const called = outermostCall(left);
  if (called === undefined || !EVENT_FUNCTIONS.includes(called.name)) return;
  const isEventTest = called.name === 'histogram_quantile' || expression.right.value === 0;
  const range = Math.max(0, ...ranges(left).map(({ duration }) => duration.seconds ?? Number.POSITIVE_INFINITY));
  if (!isEventTest || range === 0 || alert.for <= range) return;
  scope.report(
    'for_exceeds_range',
    expression,
    `"for" (${limit}) is longer than the range (${formatDuration(range)}): the alert fires only if events recur during the whole of ${limit}`,
    {
      suggestion: `if a single event must fire the alert, use a range of at least ${formatDuration(alert.for + range)} or a shorter "for"`,
    },
  );
}

/** Returns the offset of `x unless x offset 1h`, in seconds. */
function findOwnOffset({ left, right }: Binary, scope: Scope): number | undefined {
  if (left.type !== 'selector' || right.type !== 'selector' || right.offset === undefined || left.offset !== undefined)
    return undefined;
  const own = quote(scope, right).replace(/\s*offset.*$/, '');
  return own === quote(scope, left) && right.offset > 0 ? right.offset : undefined;
}

function outermostCall(expression: Expression): { readonly name: string } | undefined {
  if (expression.type === 'call') return expression;
  const inner = expression.type === 'aggregation' ? expression.args.at(-1) : undefined;
  return inner && outermostCall(inner);
}

function ranges(expression: Expression): Range[] {
  const own = expression.type === 'range' ? [expression] : [];
  return [...own, ...children(expression).flatMap(ranges)];
}
