import type { LabelMatcher } from './ast';

/**
 * Returns a test of label values, or undefined for a regular expression that JavaScript cannot run: Prometheus uses RE2,
 * which has a slightly different syntax.
 */
export function matcherTest({ operator, value }: LabelMatcher): ((label: string) => boolean) | undefined {
  if (operator === '=') return (label) => label === value;
  if (operator === '!=') return (label) => label !== value;
  const regex = compile(value);
  if (regex === undefined) return undefined;
  return operator === '=~' ? (label) => regex.test(label) : (label) => !regex.test(label);
}

/** Returns an anchored regular expression, as label matchers use it. */
export function compile(source: string): RegExp | undefined {
  const [, flags = '', rest = source] = /^\(\?([a-z]+)\)(.*)$/s.exec(source) ?? [];
  try {
    return new RegExp(`^(?:${rest.replaceAll('(?P<', '(?<')})$`, flags.includes('i') ? 'si' : 's');
  } catch {
    return undefined;
  }
}

/** Returns the values of a regular expression that only lists them, such as `a|b`; undefined for any other one. */
export function literals(source: string): string[] | undefined {
  const inner = /^\(([^()]*)\)$/.exec(source)?.[1] ?? source;
  const values = inner.split('|');
  return values.every((value) => /^[\w\-/: ]+$/.test(value)) ? values : undefined;
}
