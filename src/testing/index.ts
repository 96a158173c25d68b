/** Tests of the metrics of an app: an SDK for each test, and assertions on pages. */

/** Compares pages with text. */
export { collectAndCompare, type ExpectPageOptions, expectPage, IGNORED_FAMILIES } from './compare';
/** A clock that a test advances. */
export { FakeClock } from './fake-clock';
/** Checks names. */
export { lint } from './lint';
/** Matchers for Vitest and Jest. */
export { type MatcherResult, type MetricMatchers, metricMatchers } from './matchers';
/** Where assertions read a page. */
export type { PageSource, Scrapable } from './page-source';
/** Reads values of a page. */
export { count, value } from './samples';
/** An SDK for one test. */
export { startTestSdk, type TestContext, type TestSdk, type TestSdkOptions } from './test-sdk';
