import { findNearest } from '../issues';
import type { Expression } from './ast';
import { Converter, childNodes, type SyntaxNode } from './convert';
import { AGGREGATIONS, FUNCTIONS } from './functions';
import { replaceVariables } from './grafana-variables';
import { PromqlSyntaxError } from './syntax-error';

/**
 * Parses a PromQL expression with the grammar of Prometheus. Variables of Grafana are accepted.
 *
 * @throws PromqlSyntaxError for text that Prometheus does not parse
 */
export function parseExpression(text: string): Expression {
  const template = replaceVariables(text);
  const tree = loadParser().parse(template.text);
  const root = tree.topNode;
  const error = findError(root);
  if (error !== undefined) throw describeError(template.text, error);
  const first = childNodes(root)[0];
  if (first === undefined) throw new PromqlSyntaxError('the expression is empty: expected PromQL', root);
  return new Converter(text, template.text, template.variables).expression(first);
}

/** Returns the parser. Its package loads with the first expression, so that other commands do not need it. */
function loadParser(): typeof import('@prometheus-io/lezer-promql').parser {
  const name = '@prometheus-io/lezer-promql';
  try {
    return (require(name) as typeof import('@prometheus-io/lezer-promql')).parser;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(
      `the package ${name} is not installed: run "npm install --save-dev ${name} @lezer/lr @lezer/highlight"`,
    );
  }
}

function findError(node: SyntaxNode): SyntaxNode | undefined {
  if (node.type.isError) return node;
  for (const child of childNodes(node)) {
    const error = findError(child);
    if (error !== undefined) return error;
  }
  return undefined;
}

function describeError(text: string, error: SyntaxNode): PromqlSyntaxError {
  const rest = text.slice(error.from);
  const token = /^\s*(\w+|[^\s\w])/.exec(rest)?.[1];
  if (text.trim() === '') return new PromqlSyntaxError('the expression is empty: expected PromQL', { from: 0, to: 0 });
  if (token === undefined) {
    return new PromqlSyntaxError('unexpected end of the expression', { from: text.length, to: text.length });
  }
  const from = error.from + rest.indexOf(token);
  const span = { from, to: from + token.length };
  const called = /(\w+)\s*$/.exec(text.slice(0, from))?.[1];
  if (token === 'by' || token === 'without') {
    return new PromqlSyntaxError(
      `unexpected "${token}": only an aggregation accepts it, not a function`,
      span,
      `aggregate inside of the function, such as sum ${token} (...) (...); a quantile also needs the label le`,
    );
  }
  if (token === '(' && called !== undefined && !FUNCTIONS.has(called)) {
    const nearest = findNearest(called, [...FUNCTIONS.keys(), ...AGGREGATIONS]);
    const start = text.lastIndexOf(called, from);
    const place = { from: start, to: start + called.length };
    return new PromqlSyntaxError(`unknown function "${called}"`, place, nearest && `did you mean ${nearest}?`);
  }
  return new PromqlSyntaxError(`unexpected "${token}"`, span);
}
