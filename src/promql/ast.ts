/** The place of a part of an expression: offsets into its text, the end exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A comparison of a label with a string: `job="api"`. */
export interface LabelMatcher extends Span {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
  /** The value holds a variable of a dashboard, so it can be anything. */
  readonly isVariable: boolean;
}

export interface NumberLiteral extends Span {
  readonly type: 'number';
  readonly value: number;
}

export interface TextLiteral extends Span {
  readonly type: 'string';
  readonly value: string;
}

/** A variable of a dashboard where a number or a vector is expected. */
export interface Variable extends Span {
  readonly type: 'variable';
}

export interface Selector extends Span {
  readonly type: 'selector';
  /** The metric name; undefined if a matcher of `__name__` selects it. */
  readonly name: string | undefined;
  readonly nameSpan: Span;
  readonly matchers: readonly LabelMatcher[];
  /** Seconds of the `offset` modifier. */
  readonly offset?: number | undefined;
}

/** A duration in seconds; undefined if a variable or an expression supplies it. */
export interface Duration extends Span {
  readonly seconds: number | undefined;
  /** The variable of a dashboard that supplies the duration, such as `__rate_interval`. */
  readonly variable: string | undefined;
}

/** A range of a selector or of any expression (subquery). */
export interface Range extends Span {
  readonly type: 'range';
  readonly of: Expression;
  readonly duration: Duration;
  readonly isSubquery: boolean;
}

export interface Call extends Span {
  readonly type: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
}

/** The labels of `by`, `without`, `on`, `ignoring`, `group_left` or `group_right`. */
export interface LabelList extends Span {
  readonly labels: readonly (Span & { readonly name: string })[];
  /** A variable of a dashboard is one of the labels, so the list can hold any label. */
  readonly isOpen: boolean;
}

export interface Aggregation extends Span {
  readonly type: 'aggregation';
  readonly name: string;
  readonly by?: LabelList | undefined;
  readonly without?: LabelList | undefined;
  readonly args: readonly Expression[];
}

/** How the series of two vectors are paired. */
export interface Matching {
  readonly on?: LabelList | undefined;
  readonly ignoring?: LabelList | undefined;
  readonly group?: 'left' | 'right' | undefined;
  /** The labels that `group_left` or `group_right` copies. */
  readonly include?: LabelList | undefined;
  /** `fill` supplies a value for a series without a counterpart. */
  readonly isFilled: boolean;
}

export interface Binary extends Span {
  readonly type: 'binary';
  readonly operator: string;
  readonly isBool: boolean;
  readonly matching: Matching;
  readonly left: Expression;
  readonly right: Expression;
}

export interface Unary extends Span {
  readonly type: 'unary';
  readonly operator: '+' | '-';
  readonly of: Expression;
}

/** A PromQL expression. Parentheses are not kept. */
export type Expression =
  | NumberLiteral
  | TextLiteral
  | Variable
  | Selector
  | Range
  | Call
  | Aggregation
  | Binary
  | Unary;

export const COMPARISONS: readonly string[] = ['==', '!=', '>', '<', '>=', '<='];
export const SET_OPERATORS: readonly string[] = ['and', 'or', 'unless'];

/** Returns the parts of an expression that are expressions. */
export function children(expression: Expression): readonly Expression[] {
  switch (expression.type) {
    case 'range':
    case 'unary':
      return [expression.of];
    case 'call':
    case 'aggregation':
      return expression.args;
    case 'binary':
      return [expression.left, expression.right];
    default:
      return [];
  }
}

/** Returns the selectors of an expression, in their order in the text. */
export function selectors(expression: Expression): Selector[] {
  return expression.type === 'selector' ? [expression] : children(expression).flatMap(selectors);
}
