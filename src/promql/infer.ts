import { type Aggregation, type Binary, type Call, COMPARISONS, type Expression, SET_OPERATORS } from './ast';
import { AGGREGATION_PARAMETERS, FUNCTIONS, type ValueType } from './functions';
import { inferAggregation } from './infer-aggregation';
import { inferBinary } from './infer-binary';
import { inferCall } from './infer-call';
import { inferSelector } from './infer-selector';
import { calculate, exactly } from './interval';
import { quote, type Scope } from './scope';
import { type ExpressionType, numbers, UNKNOWN_VECTOR } from './vector';

const TYPE_NAMES: Readonly<Record<ExpressionType['type'], string>> = {
  scalar: 'a scalar',
  string: 'a string',
  vector: 'an instant vector',
  range: 'a range vector',
  any: 'a value',
};

/** Returns the type of an expression, and reports everything in it that cannot work or does not mean what it says. */
export function infer(expression: Expression, scope: Scope): ExpressionType {
  switch (expression.type) {
    case 'number':
      return { type: 'scalar', range: exactly(expression.value), isTimestamp: false };
    case 'string':
      return { type: 'string' };
    case 'variable':
      return { type: 'any' };
    case 'selector':
      return inferSelector(expression, scope);
    case 'range': {
      const of = infer(expression.of, scope);
      if (of.type === 'vector') return { type: 'range', of };
      if (of.type !== 'any') reportType(expression.of, of, 'vector', 'a range', scope);
      return { type: 'range', of: UNKNOWN_VECTOR };
    }
    case 'unary': {
      const of = infer(expression.of, scope);
      if (expression.operator === '+' || of.type === 'any') return of;
      if (of.type === 'vector') return numbers(of, calculate('-', exactly(0), of.range));
      if (of.type === 'scalar') return { ...of, range: calculate('-', exactly(0), of.range) };
      reportType(expression.of, of, 'vector', 'a sign', scope);
      return UNKNOWN_VECTOR;
    }
    case 'call':
      return call(expression, scope);
    case 'aggregation':
      return aggregate(expression, scope);
    case 'binary':
      return operate(expression, scope);
  }
}

function call(expression: Call, scope: Scope): ExpressionType {
  const types = expression.args.map((each) => infer(each, scope));
  const signature = FUNCTIONS.get(expression.name);
  if (signature === undefined) return UNKNOWN_VECTOR;
  const { args, required, isVariadic, returns } = signature;
  const isAccepted = types.length >= required && (isVariadic || types.length <= args.length);
  if (!isAccepted) {
    const expected = isVariadic
      ? `at least ${required}`
      : required === args.length
        ? `${required}`
        : `${required} to ${args.length}`;
    scope.report(
      'type_error',
      expression,
      `${expression.name} expects ${expected} arguments, received ${types.length}`,
    );
  }
  const fits = types.map((type, i) => {
    const expected = args[Math.min(i, args.length - 1)];
    const place = expression.args[i];
    if (expected === undefined || place === undefined) return false;
    return accepts(type, expected) || reportType(place, type, expected, expression.name, scope);
  });
  if (isAccepted && fits.every((fit) => fit)) return inferCall(expression, types, scope);
  return returns === 'scalar' ? { type: 'any' } : UNKNOWN_VECTOR;
}

function aggregate(expression: Aggregation, scope: Scope): ExpressionType {
  const { name, args } = expression;
  const types = args.map((each) => infer(each, scope));
  const parameter = AGGREGATION_PARAMETERS[name];
  const count = parameter === undefined ? 1 : 2;
  if (types.length !== count) {
    const limit = { min: 'clamp_max', max: 'clamp_min' }[name];
    scope.report(
      'type_error',
      expression,
      `${name} is an aggregation and expects ${count} argument${count > 1 ? 's' : ''}, received ${types.length}`,
      {
        suggestion: limit && types.length === 2 ? `to limit a value use ${limit}(...)` : undefined,
      },
    );
    return UNKNOWN_VECTOR;
  }
  const vector = types.at(-1);
  const place = args.at(-1) ?? expression;
  const [first, firstPlace] = [types[0], args[0]];
  if (parameter !== undefined && first && firstPlace && !accepts(first, parameter))
    reportType(firstPlace, first, parameter, name, scope);
  if (vector !== undefined && !accepts(vector, 'vector')) reportType(place, vector, 'vector', name, scope);
  return inferAggregation(
    expression,
    vector?.type === 'vector' ? vector : UNKNOWN_VECTOR,
    types.length > 1 ? first : undefined,
    scope,
  );
}

function operate(binary: Binary, scope: Scope): ExpressionType {
  const { operator, isBool } = binary;
  const left = infer(binary.left, scope);
  const right = infer(binary.right, scope);
  for (const [type, place] of [
    [left, binary.left],
    [right, binary.right],
  ] as const) {
    if (type.type === 'range' || type.type === 'string') {
      const suggestion = type.type === 'range' ? 'apply a function such as rate to each side' : undefined;
      scope.report(
        'type_error',
        place,
        `the operator ${operator} expects a vector or a scalar, received ${TYPE_NAMES[type.type]}`,
        { suggestion },
      );
      return UNKNOWN_VECTOR;
    }
  }
  const scalars = [left, right].filter(({ type }) => type === 'scalar').length;
  if (SET_OPERATORS.includes(operator) && scalars > 0) {
    scope.report(
      'type_error',
      binary,
      `the operator ${operator} expects two vectors, received ${quote(scope, left.type === 'scalar' ? binary.left : binary.right)}, a scalar`,
      {
        suggestion: 'use vector(...)',
      },
    );
    return UNKNOWN_VECTOR;
  }
  const isComparison = COMPARISONS.includes(operator);
  if (isComparison && scalars === 2 && !isBool) {
    scope.report('type_error', binary, 'a comparison of two scalars needs bool', {
      suggestion: `use ${operator} bool`,
    });
  }
  if (isBool && !isComparison)
    scope.report('type_error', binary, `bool is only possible after a comparison, not after ${operator}`);
  return inferBinary(binary, left, right, scope);
}

function accepts(type: ExpressionType, expected: ValueType): boolean {
  return type.type === expected || type.type === 'any';
}

function reportType(place: Expression, type: ExpressionType, expected: ValueType, what: string, scope: Scope): false {
  const suggestion =
    expected === 'range' && type.type === 'vector'
      ? rangeSuggestion(place, scope)
      : expected === 'vector' && type.type === 'range'
        ? 'apply a function such as rate to the range'
        : undefined;
  scope.report(
    'type_error',
    place,
    `${what} expects ${TYPE_NAMES[expected]}, received ${TYPE_NAMES[type.type]} (${quote(scope, place)})`,
    { suggestion },
  );
  return false;
}

function rangeSuggestion(place: Expression, scope: Scope): string {
  if (place.type === 'selector') return `add a range: ${quote(scope, place)}[5m]`;
  return 'apply the function to each selector with a range, or use a subquery such as (...)[5m:]';
}
