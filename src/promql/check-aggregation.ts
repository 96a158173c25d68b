import { COMPARISONS, children, type Expression, type Selector } from './ast';
import type { Metric } from './metric';
import type { Scope } from './scope';

/**
 * Reports a gauge that every instance exports with the same value, if a query adds the values up, or returns or compares
 * them once for each instance. A query that selects one series set by a label of the metric is accepted.
 */
export function checkAggregation(expression: Expression, scope: Scope): void {
  const isComparison =
    expression.type === 'binary' && COMPARISONS.includes(expression.operator) && expression.right.type === 'number';
  const top = isComparison ? expression.left : expression;
  const metric = top.type === 'selector' ? findShared(top, scope) : undefined;
  if (top.type === 'selector' && metric !== undefined && !top.matchers.some(({ label }) => metric.labels.has(label))) {
    report(top, metric, 'the query returns it once for each instance, and nothing when the last instance stops', scope);
  }
  checkSums(expression, scope);
}

function checkSums(expression: Expression, scope: Scope): void {
  const [argument] = expression.type === 'aggregation' && expression.name === 'sum' ? expression.args : [];
  const metric = argument?.type === 'selector' ? findShared(argument, scope) : undefined;
  if (argument?.type === 'selector' && metric !== undefined)
    report(argument, metric, 'the sum counts it once for each instance', scope);
  for (const child of children(expression)) checkSums(child, scope);
}

function findShared({ name }: Selector, scope: Scope): Metric | undefined {
  const metric = name === undefined ? undefined : scope.findSeries(name)?.metric;
  return metric?.aggregate === undefined ? undefined : metric;
}

function report(selector: Selector, { name, aggregate, labels }: Metric, effect: string, scope: Scope): void {
  const by = labels.size === 0 ? '' : ` by (${[...labels.keys()].join(', ')})`;
  scope.report('missing_aggregation', selector, `every instance exports the same value of ${name}, so ${effect}`, {
    suggestion: `${aggregate}${by} (${name})`,
  });
}
