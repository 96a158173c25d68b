import type { Expression, LabelList, LabelMatcher, Matching, Span } from './ast';
import { parseNumber } from './duration';
import { type FoundVariable, holdsVariable } from './grafana-variables';
import { PromqlSyntaxError } from './syntax-error';

/** A node of the parser's tree. */
export type SyntaxNode = ReturnType<typeof import('@prometheus-io/lezer-promql')['parser']['parse']>['topNode'];

/** Returns the parts of a node, without comments. */
export function childNodes(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') found.push(child);
  }
  return found;
}

/** Converts the parser's tree to an {@link Expression}. */
export class Converter {
  constructor(
    private readonly source: string,
    private readonly text: string,
    private readonly variables: readonly FoundVariable[],
  ) {}

  expression(node: SyntaxNode): Expression {
    const span = { from: node.from, to: node.to };
    const [first, ...others] = childNodes(node);
    switch (node.name) {
      case 'NumberDurationLiteral':
        return { type: 'number', value: parseNumber(this.read(node)), ...span };
      case 'StringLiteral':
        return { type: 'string', value: this.string(node), ...span };
      case 'VectorSelector':
        return this.selector(node);
      case 'MatrixSelector':
      case 'SubqueryExpr':
        return this.range(node);
      case 'FunctionCall':
        return { type: 'call', name: this.read(first), args: this.args(others[0]), ...span };
      case 'AggregateExpr':
        return this.aggregation(node);
      case 'BinaryExpr':
        return this.binary(node);
      case 'UnaryExpr':
        return {
          type: 'unary',
          operator: this.read(first) === '-' ? '-' : '+',
          of: this.expression(others[0] ?? node),
          ...span,
        };
      case 'OffsetExpr':
        return this.offset(node);
      case 'StepInvariantExpr':
      case 'AnchoredExpr':
      case 'SmoothedExpr':
        return this.modified(node, first);
      case 'ParenExpr':
        return this.expression(first ?? node);
      default:
        throw new PromqlSyntaxError(`unexpected ${node.name}`, span);
    }
  }

  private read(node: SyntaxNode | null | undefined): string {
    return node ? this.text.slice(node.from, node.to) : '';
  }

  private variable(span: Span): FoundVariable | undefined {
    return this.variables.find(({ from, to }) => from < span.to && to > span.from);
  }

  private string(node: SyntaxNode): string {
    const quoted = this.source.slice(node.from, node.to);
    if (quoted.startsWith('`')) return quoted.slice(1, -1);
    return quoted.slice(1, -1).replace(/\\(x[\da-f]{2}|u[\da-f]{4}|.)/gi, (_, escaped: string) => {
      if (/^[xu]./.test(escaped)) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
      return { n: '\n', t: '\t', r: '\r' }[escaped] ?? escaped;
    });
  }

  private selector(node: SyntaxNode): Expression {
    const nameNode = node.getChild('Identifier');
    const matchers = childNodes(node.getChild('LabelMatchers') ?? node).flatMap((each) => this.matcher(each));
    const span = { from: node.from, to: node.to };
    const place =
      nameNode ?? childNodes(node.getChild('LabelMatchers') ?? node).find((each) => each.name === 'QuotedLabelName');
    const nameSpan = place === undefined || place === null ? span : { from: place.from, to: place.to };
    const exact = matchers.find(({ label, operator }) => label === '__name__' && operator === '=');
    const variable = nameNode === null ? undefined : this.variable(nameSpan);
    if (
      variable !== undefined &&
      matchers.length === 0 &&
      nameSpan.to - nameSpan.from === variable.to - variable.from
    ) {
      return { type: 'variable', ...span };
    }
    const isUnknown = variable !== undefined || exact?.isVariable === true;
    const name = isUnknown ? undefined : nameNode === null ? exact?.value : this.read(nameNode);
    return { type: 'selector', name, nameSpan, matchers: matchers.filter((each) => each !== exact), ...span };
  }

  private matcher(node: SyntaxNode): LabelMatcher[] {
    const span = { from: node.from, to: node.to };
    const value = node.getChild('StringLiteral');
    if (node.name === 'QuotedLabelName' && value !== null) {
      return [{ label: '__name__', operator: '=', value: this.string(value), isVariable: false, ...span }];
    }
    if (!node.name.endsWith('LabelMatcher') || value === null) return [];
    const quoted = node.getChild('QuotedLabelName')?.getChild('StringLiteral');
    const label = quoted ? this.string(quoted) : this.read(node.getChild('LabelName'));
    const operator = this.read(node.getChild('MatchOp')) as LabelMatcher['operator'];
    const text = this.string(value);
    return [{ label, operator, value: text, isVariable: holdsVariable(text), ...span }];
  }

  private range(node: SyntaxNode): Expression {
    const [of, duration] = childNodes(node);
    const isSubquery = node.name === 'SubqueryExpr';
    const inner = this.expression(of ?? node);
    if (isSubquery && of?.name === 'BinaryExpr') {
      const suggestion = 'put the operation in parentheses: (...)[5m:]';
      throw new PromqlSyntaxError(
        'a range applies to the last operand, which is not the whole operation',
        inner,
        suggestion,
      );
    }
    if (!isSubquery && inner.type !== 'selector' && inner.type !== 'variable') {
      const suggestion = 'apply the function to each selector, or use a subquery such as (...)[5m:]';
      throw new PromqlSyntaxError('a range is only possible after a selector', inner, suggestion);
    }
    const place = duration ?? node;
    const variable = this.variable(place);
    const span = { from: node.from, to: node.to };
    const text = this.read(place);
    const isLiteral = variable === undefined && /^\w+$/.test(text);
    const seconds = isLiteral ? parseNumber(text) : undefined;
    const range = { from: place.from, to: place.to, seconds, variable: variable?.name };
    return { type: 'range', of: inner, duration: range, isSubquery, ...span };
  }

  private args(body: SyntaxNode | null | undefined): Expression[] {
    return body ? childNodes(body).map((each) => this.expression(each)) : [];
  }

  private aggregation(node: SyntaxNode): Expression {
    const modifier = node.getChild('AggregateModifier');
    const labels = this.labels(modifier?.getChild('GroupingLabels'));
    const isBy = modifier?.getChild('By') != null;
    return {
      type: 'aggregation',
      name: this.read(node.getChild('AggregateOp')).toLowerCase(),
      by: isBy ? labels : undefined,
      without: isBy ? undefined : labels,
      args: this.args(node.getChild('FunctionCallBody')),
      from: node.from,
      to: node.to,
    };
  }

  private labels(node: SyntaxNode | null | undefined): LabelList | undefined {
    if (!node) return undefined;
    const all = childNodes(node).map((each) => {
      const quoted = each.getChild('StringLiteral');
      return { name: quoted === null ? this.read(each) : this.string(quoted), from: each.from, to: each.to };
    });
    const labels = all.filter((each) => this.variable(each) === undefined);
    return { labels, isOpen: labels.length < all.length, from: node.from, to: node.to };
  }

  private binary(node: SyntaxNode): Expression {
    const parts = childNodes(node);
    const clause = node.getChild('MatchingModifierClause');
    const lists = clause?.getChildren('GroupingLabels') ?? [];
    const matching: Matching = {
      on: clause?.getChild('On') ? this.labels(lists[0]) : undefined,
      ignoring: clause?.getChild('Ignoring') ? this.labels(lists[0]) : undefined,
      group: clause?.getChild('GroupLeft') ? 'left' : clause?.getChild('GroupRight') ? 'right' : undefined,
      include: this.labels(lists[1]),
      isFilled: node.getChild('FillModifier') !== null,
    };
    return {
      type: 'binary',
      operator: this.read(parts[1]).toLowerCase(),
      isBool: node.getChild('BoolModifier') !== null,
      matching,
      left: this.expression(parts[0] ?? node),
      right: this.expression(parts.at(-1) ?? node),
      from: node.from,
      to: node.to,
    };
  }

  /** Keeps the offset of a selector. The offset of a subquery does not change its type. */
  private offset(node: SyntaxNode): Expression {
    const [of, , duration] = childNodes(node);
    const inner = this.modified(node, of);
    if (duration === undefined || this.variable(duration) !== undefined) return inner;
    return withOffset(inner, parseNumber(this.read(duration).replaceAll(/\s/g, '')), node.to);
  }

  /** Returns the expression that `offset`, `@` and other modifiers of selectors follow. */
  private modified(node: SyntaxNode, of: SyntaxNode | undefined): Expression {
    const inner = this.expression(of ?? node);
    const target = lastOperand(inner);
    if (['selector', 'range', 'variable'].includes(target.type)) return inner;
    throw new PromqlSyntaxError(
      `${this.read(node)
        .slice((of ?? node).to - node.from)
        .trim()} is only possible after a selector or a subquery`,
      {
        from: (of ?? node).to,
        to: node.to,
      },
    );
  }
}

/** Returns the operand that a modifier applies to: the grammar allows it after an operation, and Prometheus applies it to the last operand. */
function lastOperand(expression: Expression): Expression {
  if (expression.type === 'binary') return lastOperand(expression.right);
  return expression.type === 'unary' ? lastOperand(expression.of) : expression;
}

function withOffset(expression: Expression, offset: number, to: number): Expression {
  switch (expression.type) {
    case 'selector':
      return { ...expression, offset, to };
    case 'range':
      return expression.isSubquery
        ? expression
        : { ...expression, of: withOffset(expression.of, offset, expression.of.to), to };
    case 'unary':
      return { ...expression, of: withOffset(expression.of, offset, to), to };
    case 'binary':
      return { ...expression, right: withOffset(expression.right, offset, to), to };
    default:
      return expression;
  }
}
