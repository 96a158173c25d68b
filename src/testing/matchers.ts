import { AssertionError } from 'node:assert';
import { collectAndCompare, type ExpectPageOptions, expectPage } from './compare';
import { lint } from './lint';
import type { PageSource } from './page-source';
import { count, value } from './samples';

/** The matchers as `expect(sdk)` of Vitest and Jest has them. `R` is what a matcher returns. */
export interface MetricMatchers<R = unknown> {
  /** Expects the whole page, as {@link expectPage} compares it. */
  toMatchPage(expected: string, options?: ExpectPageOptions): Promise<R>;
  /** Expects some families, as {@link collectAndCompare} compares them. */
  toMatchFamilies(expected: string, ...names: string[]): Promise<R>;
  /** Expects the value of one sample, as {@link value} finds it. */
  toHaveMetricValue(name: string, expected: number): Promise<R>;
  /** Expects the value of the sample with some labels, as {@link value} finds it. */
  toHaveMetricValue(name: string, labels: Readonly<Record<string, string | number>>, expected: number): Promise<R>;
  /** Expects a number of series, as {@link count} counts them. */
  toHaveSeriesCount(expected: number, ...names: string[]): Promise<R>;
  /** Expects that every name keeps the rules, as {@link lint} checks them. */
  toPassLint(options?: ExpectPageOptions): Promise<R>;
}

/** What a matcher of Vitest and Jest returns. */
export interface MatcherResult {
  /** Whether the page is as expected. */
  readonly pass: boolean;
  /** Returns what is wrong. */
  readonly message: () => string;
  /** What the page has, if it can be compared. */
  readonly actual?: unknown;
  /** What it should have. */
  readonly expected?: unknown;
}

/**
 * Matchers for `expect.extend` of Vitest and Jest. They read the page, so that a test awaits them.
 *
 * @example
 * import { metricMatchers } from 'meterbridge/testing';
 * expect.extend(metricMatchers);
 *
 * await expect(sdk).toHaveMetricValue('shop_orders_total', { result: 'paid' }, 1);
 */
export const metricMatchers = {
  toMatchPage: (source: PageSource, expected: string, options?: ExpectPageOptions) =>
    match(() => expectPage(source, expected, options), 'the page not to match'),
  toMatchFamilies: (source: PageSource, expected: string, ...names: string[]) =>
    match(() => collectAndCompare(source, expected, ...names), 'the families not to match'),
  toHaveMetricValue: (
    source: PageSource,
    name: string,
    ...rest: [expected: number] | [labels: Readonly<Record<string, string | number>>, expected: number]
  ) => {
    const [labels, expected] = rest.length === 1 ? [{}, rest[0]] : rest;
    const compare = async () => expectSame(name, await value(source, name, labels), expected);
    return match(compare, `${name} ${JSON.stringify(labels)} not to be ${expected}`);
  },
  toHaveSeriesCount: (source: PageSource, expected: number, ...names: string[]) => {
    const what = names.length === 0 ? 'the page' : names.join(', ');
    const compare = async () => expectSame(`the number of series of ${what}`, await count(source, ...names), expected);
    return match(compare, `${what} not to have ${expected} series`);
  },
  toPassLint: (source: PageSource, options?: ExpectPageOptions) =>
    match(async () => {
      const issues = await lint(source, options);
      if (issues.length === 0) return;
      throw new AssertionError({ message: issues.map(({ code, message }) => `${code} ${message}`).join('\n') });
    }, 'a name to break a rule'),
} as const;

function expectSame(what: string, actual: number, expected: number): void {
  if (Object.is(actual, expected) || actual === expected) return;
  throw new AssertionError({ message: `${what} is ${actual}: expected ${expected}`, actual, expected });
}

/** Only a failed assertion means that the page is not as expected; any other error is that of the test. */
async function match(compare: () => Promise<void>, negated: string): Promise<MatcherResult> {
  try {
    await compare();
    return { pass: true, message: () => `expected ${negated}` };
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    const { message, actual, expected } = error;
    return { pass: false, message: () => message, actual, expected };
  }
}
