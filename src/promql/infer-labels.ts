import type { Call, Expression, LabelMatcher } from './ast';
import { ONE } from './interval';
import { ALWAYS, ANY_LABELS, type Labels, labelState, MAYBE, NO_LABELS, withState } from './labels';
import { compile } from './regex';
import { quote, type Scope } from './scope';
import { UNKNOWN_VECTOR, type VectorType } from './vector';

/** Returns the type of `absent` and `absent_over_time`, which take labels from the matchers of their selector. */
export function inferAbsent(call: Call, scope: Scope): VectorType {
  const [argument] = call.args;
  const selector = argument?.type === 'range' ? argument.of : argument;
  let labels = NO_LABELS;
  const equal = selectedBy(selector).filter(({ operator, value }) => operator === '=' && value !== '');
  if (selector?.type === 'selector') {
    for (const { label, value } of equal) labels = withState(labels, label, { presence: 'always', values: [value] });
  }
  const isKnown =
    selector === undefined || selector.type === 'variable' || selectedBy(selector).some(({ isVariable }) => isVariable);
  if (equal.length === 0 && !isKnown) {
    scope.report(
      'absent_without_labels',
      call,
      `${call.name} without a label matcher: the result has no label that says what is missing, and one series of any job prevents it`,
      { suggestion: 'select the series with equality matchers, such as {job="..."}' },
    );
  }
  return { ...UNKNOWN_VECTOR, kind: 'number', labels, range: ONE };
}

/** Returns all matchers of an expression. */
function selectedBy(expression: Expression | undefined): readonly LabelMatcher[] {
  switch (expression?.type) {
    case 'selector':
      return expression.matchers;
    case 'range':
    case 'unary':
      return selectedBy(expression.of);
    case 'call':
    case 'aggregation':
      return expression.args.flatMap(selectedBy);
    case 'binary':
      return [...selectedBy(expression.left), ...selectedBy(expression.right)];
    default:
      return [];
  }
}

function stringValue(argument: Expression | undefined): string | undefined {
  return argument?.type === 'string' ? argument.value : undefined;
}

/** Returns the labels after `label_replace`. */
export function replaceLabel(call: Call, { labels, kind }: VectorType, scope: Scope): Labels {
  const [, target, replacement, source, pattern] = call.args.map(stringValue);
  if (target === undefined || source === undefined || pattern === undefined) return ANY_LABELS;
  const regex = compile(pattern);
  const from = labelState(labels, source);
  if (from.presence === 'never' && regex?.test('') === false && kind !== 'unknown') {
    const place = call.args[3] ?? call;
    scope.report(
      'unknown_label',
      place,
      `${quote(scope, call.args[0] ?? call)} has no label ${source}, so label_replace changes nothing`,
      {
        severity: 'warning',
      },
    );
  }
  const isConstant = replacement !== undefined && !replacement.includes('$') && replacement !== '';
  const matchesAll = pattern === '.*' || pattern === '(.*)' || pattern === '';
  if (isConstant && (pattern === '.*' || pattern === '(.*)' || (pattern === '' && source === ''))) {
    return withState(labels, target, { presence: 'always', values: [replacement] });
  }
  const copiesAll = (matchesAll || pattern === '(.+)' || pattern === '.+') && from.presence === 'always';
  if (copiesAll && replacement === '$1') return withState(labels, target, from);
  return withState(labels, target, labelState(labels, target).presence === 'always' ? ALWAYS : MAYBE);
}

/** Returns the labels after `label_join`. */
export function joinLabels(call: Call, { labels }: VectorType): Labels {
  const [, target, , ...sources] = call.args.map(stringValue);
  if (target === undefined) return ANY_LABELS;
  const isSet = sources.some((source) => source !== undefined && labelState(labels, source).presence === 'always');
  return withState(labels, target, isSet ? ALWAYS : MAYBE);
}
