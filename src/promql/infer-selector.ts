import { OTHER_LABEL_VALUE } from '../catalog/labels';
import { findNearest } from '../issues';
import type { LabelMatcher, Selector } from './ast';
import { ALWAYS, type LabelState, type Labels, labelNames, labelState, NEVER, withState } from './labels';
import { literals, matcherTest } from './regex';
import { type Scope, selectorName } from './scope';
import { UNKNOWN_VECTOR, type VectorType } from './vector';

/** Labels that service discovery often adds. */
const DISCOVERED = 'namespace pod container node cluster service endpoint region zone environment env'.split(' ');

/** Returns the type of a selector, and reports names and values that no series can have. */
export function inferSelector(selector: Selector, scope: Scope): VectorType {
  const found = findVector(selector, scope);
  let { labels } = found;
  for (const matcher of selector.matchers) {
    if (matcher.label !== '__name__') labels = applyMatcher(selector, matcher, labels, scope);
  }
  return { ...found, labels };
}

function findVector(selector: Selector, scope: Scope): VectorType {
  const { name, nameSpan } = selector;
  if (name === undefined) return findByPattern(selector, scope);
  const recorded = scope.findRecorded(name);
  if (recorded !== undefined) return recorded;
  const series = scope.findSeries(name);
  if (series === undefined) {
    if (!scope.isExternal(name)) reportUnknown(name, selector, scope);
    return UNKNOWN_VECTOR;
  }
  if (series.role !== 'bare') return scope.seriesType(series);
  scope.report(
    'bare_histogram',
    nameSpan,
    `${name} is a classic histogram: no series has this name, so the query returns nothing`,
    {
      suggestion: `use ${name}_bucket, ${name}_sum or ${name}_count, such as histogram_quantile(0.95, sum by (le) (rate(${name}_bucket[5m])))`,
    },
  );
  return UNKNOWN_VECTOR;
}

function findByPattern(selector: Selector, scope: Scope): VectorType {
  const matchers = selector.matchers.filter(({ label }) => label === '__name__');
  if (matchers.length === 0 || matchers.some(({ isVariable }) => isVariable)) return UNKNOWN_VECTOR;
  const tests = matchers.map((each) => matcherTest(each) ?? (() => true));
  const names = scope.names().filter((name) => tests.every((test) => test(name)));
  const [name] = names;
  if (name === undefined) {
    const pattern = matchers.map(({ value }) => value).join(', ');
    if (!scope.isExternal(pattern))
      scope.report('unknown_metric', selector, `no metric has a name that matches ${pattern}`);
    return UNKNOWN_VECTOR;
  }
  const series = scope.findSeries(name);
  if (names.length > 1) return UNKNOWN_VECTOR;
  return scope.findRecorded(name) ?? (series === undefined ? UNKNOWN_VECTOR : scope.seriesType(series));
}

function reportUnknown(name: string, { nameSpan }: Selector, scope: Scope): void {
  const names = scope.names();
  const variants = [
    `${name}_total`,
    name.replace(/_total$/, ''),
    `${name}_seconds`,
    name.replace(/_(bucket|sum|count)$/, ''),
  ];
  const nearest =
    variants.find((each) => names.includes(each)) ?? (name.length > 3 ? findNearest(name, names) : undefined);
  const isGaugeSeries = /_(bucket|sum|count)$/.test(name) && nearest === variants[3];
  scope.report(
    'unknown_metric',
    nameSpan,
    isGaugeSeries
      ? `${nearest} is not a histogram, so it has no series ${name}`
      : `no registry or recording rule defines ${name}`,
    { suggestion: nearest && `did you mean ${nearest}?` },
  );
}

/** Reports a matcher that cannot match, or that has no effect, and returns the labels of the series that it selects. */
function applyMatcher(selector: Selector, matcher: LabelMatcher, labels: Labels, scope: Scope): Labels {
  const state = labelState(labels, matcher.label);
  if (state.presence === 'never') {
    reportUnknownLabel(selector, matcher, labels, scope);
    return labels;
  }
  if (matcher.isVariable) return labels;
  const test = matcherTest(matcher);
  if (test === undefined) return labels;
  if (state.values !== undefined) {
    return withState(labels, matcher.label, { ...state, values: selectValues(selector, matcher, state, test, scope) });
  }
  return withState(labels, matcher.label, selectState(matcher, state, test));
}

function reportUnknownLabel(selector: Selector, matcher: LabelMatcher, labels: Labels, scope: Scope): void {
  const { label, operator, value, isVariable } = matcher;
  if (operator === '=' && value === '') return;
  const hasNoEffect = !isVariable && matcherTest(matcher)?.('') === true;
  const names = labelNames(labels);
  const nearest = findNearest(label, names);
  const known = names.length === 0 ? 'it has no labels' : `it has ${names.join(', ')}`;
  const effect = hasNoEffect ? 'the matcher has no effect' : 'the selector returns nothing';
  const declare = DISCOVERED.includes(label)
    ? `if service discovery adds the label, pass --target-label ${label}`
    : undefined;
  scope.report(
    'unknown_label',
    matcher,
    `${selectorName(scope, selector)} has no label ${label}, so ${effect}; ${known}`,
    {
      suggestion: nearest === undefined ? declare : `did you mean ${nearest}?`,
      ...(hasNoEffect ? { severity: 'warning' } : {}),
    },
  );
}

/** Returns the values of a closed label that a matcher accepts. */
function selectValues(
  selector: Selector,
  matcher: LabelMatcher,
  { values = [] }: LabelState,
  test: (label: string) => boolean,
  scope: Scope,
): readonly string[] {
  const { label, operator, value } = matcher;
  const isPositive = operator === '=' || operator === '=~';
  const remaining = values.filter(test);
  const listed = operator.includes('~') ? (literals(value) ?? []) : [value];
  const impossible = listed.filter((each) => each !== '' && !values.includes(each));
  const isRedundant = !isPositive && remaining.length === values.length && value !== '';
  if (remaining.length === 0 || impossible.length > 0 || isRedundant) {
    const shown = values.filter((each) => each !== OTHER_LABEL_VALUE && !each.endsWith('.0'));
    const [wrong = value] = impossible;
    const nearest = findNearest(wrong, shown);
    const effect =
      remaining.length === 0
        ? 'the selector returns nothing'
        : isPositive
          ? 'this alternative never matches'
          : 'the matcher has no effect';
    scope.report(
      'impossible_label_value',
      matcher,
      `${label} of ${selectorName(scope, selector)} never has the value ${JSON.stringify(wrong)}, so ${effect}; it has ${shown.join(', ')}`,
      {
        suggestion: nearest && `did you mean ${JSON.stringify(nearest)}?`,
        ...(remaining.length === 0 ? {} : { severity: 'warning' }),
      },
    );
  }
  return remaining.length === 0 ? values : remaining;
}

/** Returns the state of an open label after a matcher. */
function selectState(
  { operator, value }: LabelMatcher,
  state: LabelState,
  test: (label: string) => boolean,
): LabelState {
  if (operator === '=') return value === '' ? NEVER : { presence: 'always', values: [value] };
  const values = operator === '=~' ? literals(value) : undefined;
  if (values !== undefined) return { presence: 'always', values };
  return test('') ? state : ALWAYS;
}
