import { findNearest } from '../issues';
import type { Aggregation } from './ast';
import { exactly, NOT_NEGATIVE, ONE, POSITIVE_COUNT, sumRange } from './interval';
import { ALWAYS, dropLabels, keepLabels, type Labels, labelNames, labelState, NO_LABELS, withState } from './labels';
import { quote, type Scope } from './scope';
import { type ExpressionType, numbers, type VectorType } from './vector';

/** Aggregations that return some of the series as they are. */
const SELECTIONS = ['topk', 'bottomk', 'limitk', 'limit_ratio'];

/** Returns the type of an aggregation, and reports labels that its vector does not have. */
export function inferAggregation(
  aggregation: Aggregation,
  vector: VectorType,
  parameter: ExpressionType | undefined,
  scope: Scope,
): VectorType {
  const { name, args } = aggregation;
  checkGrouping(aggregation, vector, scope);
  if (SELECTIONS.includes(name)) return vector;
  const labels = group(aggregation, vector.labels);
  switch (name) {
    case 'sum':
      return { ...vector, range: sumRange(vector.range), labels, isQuantile: false, isTimestamp: false };
    case 'min':
    case 'max':
    case 'avg':
      return { ...vector, labels };
    case 'quantile': {
      if (
        parameter?.type === 'scalar' &&
        parameter.range.min === parameter.range.max &&
        (parameter.range.min < 0 || parameter.range.max > 1)
      ) {
        scope.report(
          'quantile_out_of_range',
          args[0] ?? aggregation,
          `invalid quantile ${parameter.range.min}: expected 0 to 1`,
        );
      }
      return { ...numbers(vector, vector.range), labels };
    }
    case 'count':
      return { ...numbers(vector, POSITIVE_COUNT), labels };
    case 'group':
      return { ...numbers(vector, ONE), labels };
    case 'count_values': {
      const label = args[0]?.type === 'string' ? args[0].value : '';
      return { ...numbers(vector, POSITIVE_COUNT), labels: withState(labels, label, ALWAYS) };
    }
    default:
      return {
        ...numbers(vector, vector.range.min === vector.range.max ? exactly(0) : { ...NOT_NEGATIVE, nan: true }),
        labels,
      };
  }
}

function group({ by, without }: Aggregation, labels: Labels): Labels {
  if (by !== undefined) return keepLabels(labels, by);
  return without === undefined ? NO_LABELS : dropLabels(labels, without);
}

/** Reports a label of `by` that no series has, and a label of `without` that looks like a misspelt one. */
function checkGrouping({ by, without, args }: Aggregation, vector: VectorType, scope: Scope): void {
  const names = labelNames(vector.labels);
  for (const label of (by ?? without)?.labels ?? []) {
    if (labelState(vector.labels, label.name).presence !== 'never') continue;
    const nearest = findNearest(label.name, names);
    // Dropping a label that is not there has no effect; only one that looks misspelt is a mistake.
    if (by === undefined && nearest === undefined) continue;
    const known = names.length === 0 ? 'it has no labels' : `it has ${names.join(', ')}`;
    const subject = quote(scope, args.at(-1) ?? label);
    scope.report(
      'unknown_label',
      label,
      `${subject} has no label ${label.name}, so grouping by it has no effect; ${known}`,
      {
        suggestion: nearest && `did you mean ${nearest}?`,
        severity: 'warning',
      },
    );
  }
}
