import type { Expression } from './ast';
import type { Scope } from './scope';
import type { ExpressionType } from './vector';

/** Reports a query that returns the opposite of what its description says. */
export function checkDescription(
  description: string,
  expression: Expression,
  type: ExpressionType,
  scope: Scope,
): void {
  const top = expression.type === 'aggregation' ? expression.name : undefined;
  if (top === 'topk' && (/\b(lowest|fewest|smallest)\b/i.test(description) || isSlowRate(description, type))) {
    scope.report(
      'misleading_description',
      expression,
      `topk returns the highest values, and the description is ${JSON.stringify(description)}`,
      {
        suggestion: 'use bottomk',
      },
    );
  }
  if (top === 'bottomk' && /\b(highest|largest|biggest)\b/i.test(description)) {
    scope.report(
      'misleading_description',
      expression,
      `bottomk returns the lowest values, and the description is ${JSON.stringify(description)}`,
      {
        suggestion: 'use topk',
      },
    );
  }
  const isEquality =
    expression.type === 'binary' &&
    expression.operator === '==' &&
    !expression.isBool &&
    expression.right.type !== 'number';
  if (isEquality && /\bshould (always )?(be )?(equal|match|the same)/i.test(description)) {
    scope.report(
      'misleading_description',
      expression,
      `== returns the series that are equal and nothing for a deviation, and the description is ${JSON.stringify(description)}`,
      { suggestion: 'use != to return the deviations, or == bool to return 0 or 1' },
    );
  }
}

/** A slow part has a low rate of events, but a high duration. */
function isSlowRate(description: string, type: ExpressionType): boolean {
  if (!/\bslow(est)?\b/i.test(description) || type.type !== 'vector' || type.isQuantile) return false;
  const { metric } = type;
  return metric?.instrument === 'counter' && !/^m?s$/.test(metric.unit ?? 's');
}
