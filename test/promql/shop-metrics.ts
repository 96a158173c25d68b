import { join } from 'node:path';
import { checkQueries } from '../../src/promql/check-queries';
import type { QueryFinding } from '../../src/promql/finding';
import { Metrics, type MetricsOptions } from '../../src/promql/metrics';
import { locatedAt, type Query } from '../../src/promql/query';
import { readRegistry } from '../../src/registry/read-registry';

/** The folder of the registry that the tests and the examples of docs/promql-findings.md use. */
export const SHOP = join(__dirname, 'shop');

const metrics = readRegistry(SHOP).metrics;

/** Returns the metrics of the shop. */
export function shopMetrics(options?: MetricsOptions): Metrics {
  return new Metrics(metrics, options);
}

/** Returns an expression as a query of the file `test`. */
export function expression(text: string): Query {
  return { file: 'test', ...locatedAt(text, { line: 1, column: 1 }) };
}

/** Returns the findings in expressions about the shop. */
export function check(...expressions: string[]): QueryFinding[] {
  return checkQueries(expressions.map(expression), shopMetrics());
}
