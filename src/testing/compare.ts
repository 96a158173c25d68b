import { strictEqual } from 'node:assert';
import { matchesGlob } from '../catalog/glob';
import type { MetricFamily, Sample } from '../exposition/decode/metric-family';
import { parseExposition } from '../exposition/decode/parser';
import { metadataLines, sampleLines } from './page-lines';
import { type PageSource, readFamilies } from './page-source';

/** Options of {@link expectPage}. */
export interface ExpectPageOptions {
  /**
   * Families that are not compared, by name; `*` matches any characters. A family that the expected text has is always
   * compared. {@link IGNORED_FAMILIES} by default: what the SDK serves of itself, of the process and of Node.js.
   */
  readonly ignore?: readonly string[] | undefined;
}

/** The families that {@link expectPage} ignores by default. Frozen. */
export const IGNORED_FAMILIES: readonly string[] = Object.freeze([
  'target_info',
  'meterbridge_*',
  'process_*',
  'nodejs_*',
]);

/**
 * Compares a whole page with the expected text. The order of families, series and labels does not matter, nor does how
 * numbers are written; indented lines are accepted. HELP and TYPE lines are compared as far as the expected text has them.
 *
 * @param expected the page in the Prometheus text format
 * @throws AssertionError (as a rejection) with the difference; ParseError if the page or the expected text is invalid
 * @example
 * await expectPage(sdk, `
 *   # TYPE shop_orders_total counter
 *   shop_orders_total{result="paid"} 1
 *   shop_orders_total{result="refused"} 0
 * `);
 */
export async function expectPage(
  source: PageSource,
  expected: string,
  { ignore = IGNORED_FAMILIES }: ExpectPageOptions = {},
): Promise<void> {
  await compare(source, expected, ({ name }) => !ignore.some((pattern) => matchesGlob(pattern, name)));
}

/**
 * Compares some families of a page with the expected text, as {@link expectPage} does, and ignores all others.
 *
 * @param names the families to compare; by default those that the expected text has. A family that is named and not in
 *   the expected text must not be on the page
 * @throws AssertionError (as a rejection) with the difference; ParseError if the page or the expected text is invalid
 */
export async function collectAndCompare(
  source: PageSource,
  expected: string,
  ...names: readonly string[]
): Promise<void> {
  await compare(source, expected, ({ name }) => names.includes(name));
}

async function compare(
  source: PageSource,
  expectedText: string,
  isCompared: (family: MetricFamily) => boolean,
): Promise<void> {
  const actual = await readFamilies(source);
  const expected = regroup(parseExposition(unindent(expectedText)), actual);
  const compared = [...actual.values()].filter((family) => expected.has(family.name) || isCompared(family));
  const lines = (families: Iterable<MetricFamily>) =>
    [...families]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((family) => [...metadataLines(family, expected.get(family.name)), ...sampleLines(family.samples)])
      .join('\n');
  strictEqual(lines(compared), lines(expected.values()));
}

/** Removes indentation and empty lines, which the text format does not allow everywhere, and ends each line with a line feed. */
function unindent(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines.map((line) => `${line}\n`).join('');
}

/** Without a TYPE line the parser cannot know which family a sample such as `wait_seconds_sum` belongs to; the page does. */
function regroup(
  families: ReadonlyMap<string, MetricFamily>,
  page: ReadonlyMap<string, MetricFamily>,
): ReadonlyMap<string, MetricFamily> {
  const owners = new Map<string, string>();
  for (const { name, samples } of page.values()) for (const sample of samples) owners.set(sample.name, name);
  const grouped = new Map<string, MetricFamily & { readonly samples: Sample[] }>();
  for (const family of families.values()) {
    const isTyped = family.type !== 'unknown';
    for (const sample of family.samples.length === 0 ? [undefined] : family.samples) {
      const name = isTyped || sample === undefined ? family.name : (owners.get(sample.name) ?? family.name);
      const known = grouped.get(name) ?? { ...(families.get(name) ?? family), name, samples: [] };
      grouped.set(name, known);
      if (sample !== undefined) known.samples.push(sample);
    }
  }
  return grouped;
}
