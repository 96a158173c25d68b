import { AssertionError } from 'node:assert';
import { sampleLine, seriesLabels } from './page-lines';
import { type PageSource, readFamilies } from './page-source';

/**
 * Returns the number of series of a page. A histogram has one series for each label set.
 *
 * @param names the families to count; all by default. A family that is not on the page has 0 series
 */
export async function count(source: PageSource, ...names: readonly string[]): Promise<number> {
  const families = await readFamilies(source);
  const counted = [...families.values()].filter(({ name }) => names.length === 0 || names.includes(name));
  return counted.reduce((total, { samples }) => total + new Set(samples.map(seriesLabels)).size, 0);
}

/**
 * Returns the value of the only sample that has a name and the given labels.
 *
 * @param name the name of the sample: that of the family, or for a histogram with `_count`, `_sum` or `_bucket`
 * @param labels some or all of its labels. None by default, which suffices for a metric with one series
 * @throws AssertionError (as a rejection) if no sample or more than one matches; lists the samples of that name
 * @example
 * assert.equal(await value(sdk, 'shop_orders_total', { result: 'paid' }), 1);
 */
export async function value(
  source: PageSource,
  name: string,
  labels: Readonly<Record<string, string | number>> = {},
): Promise<number> {
  const families = await readFamilies(source);
  const samples = [...families.values()].flatMap((family) => family.samples).filter((sample) => sample.name === name);
  const wanted = Object.entries(labels);
  const found = samples.filter((sample) => wanted.every(([label, text]) => sample.labels.get(label) === String(text)));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.value;
  const known = samples.map(sampleLine).join('\n  ');
  throw new AssertionError({
    message: `${found.length} samples ${name} have the labels ${JSON.stringify(labels)}: expected 1${
      known === '' ? '; the page has none of this name' : `. The page has\n  ${known}`
    }`,
    actual: found.length,
    expected: 1,
  });
}
