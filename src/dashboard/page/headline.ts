import type { PageFamily } from '../wire.ts';
import { findState, findUnit, formatRate, formatValue } from './format.ts';
import type { Recorded } from './readings.ts';
import { findShare, type Whole } from './related.ts';

/** The current value of a family in words. */
export interface Headline {
  /** What is written large. */
  readonly value: string;
  /** What it is, and what belongs to it. */
  readonly detail: string;
  /** Whether a share of the events are errors. */
  readonly hasErrors: boolean;
}

const ERROR_LABELS = ['result', 'status', 'status_code', 'outcome'];
const ERROR_VALUES = /^(?:error|failed|failure|5\d\d)$/;
const NOTHING: Headline = { value: '–', detail: 'no value yet', hasErrors: false };

/**
 * Describes the latest values.
 *
 * @param latest the latest value of each line of the chart, by its labels
 * @param recorded for a histogram, what was recorded since the previous time
 * @param whole for a gauge, the gauge that it is a part of
 */
export function describe(
  family: PageFamily,
  latest: ReadonlyMap<string, number | null>,
  recorded: Recorded | undefined,
  whole?: Whole,
): Headline {
  const known = [...latest].filter((line): line is [string, number] => line[1] !== null);
  if (known.length === 0) return NOTHING;
  if (family.type === 'histogram') return describeHistogram(family, new Map(known), recorded);
  return family.type === 'counter' ? describeCounter(family, known) : describeGauge(family, known, whole);
}

function describeGauge(family: PageFamily, known: readonly [string, number][], whole: Whole | undefined): Headline {
  const unit = findUnit(family);
  const [key, value] = known.reduce((largest, line) => (line[1] > largest[1] ? line : largest));
  const state = findState(family, value);
  const text = state === undefined ? formatValue(value, unit) : `${value} ${state}`;
  const labels = known.length === 1 ? (key === family.name ? '' : key) : `largest: ${key}`;
  const details = [labels, whole === undefined ? '' : describeShare(whole, key, value)];
  return { value: text, detail: details.filter((detail) => detail !== '').join(', '), hasErrors: false };
}

function describeShare(whole: Whole, key: string, value: number): string {
  const share = findShare(whole, key, value);
  if (share === undefined) return '';
  const { isRest, whole: name } = whole.relation;
  return `${formatValue(share, 'ratio')} of ${isRest ? `the sum with ${name}` : name}`;
}

function describeCounter(family: PageFamily, known: readonly [string, number][]): Headline {
  const unit = findUnit(family);
  const rate = known.reduce((sum, [, value]) => sum + value, 0);
  const total = family.series.reduce((sum, { value }) => sum + (value ?? 0), family.rest.sum);
  const details = [`${formatValue(total, unit)} in total`];
  if (family.rest.count > 0) details.unshift(`of the ${family.series.length} largest series`);
  const rates = new Map(known);
  let hasErrors = false;
  const label = ERROR_LABELS.find((name) => family.series.some(({ labels }) => labels.some(([each]) => each === name)));
  if (label !== undefined && rate > 0) {
    const errors = [...rates]
      .filter(([key]) => ERROR_VALUES.test(new RegExp(`(?:^| )${label}=(\\S*)`).exec(key)?.[1] ?? ''))
      .reduce((sum, [, value]) => sum + value, 0);
    details.unshift(`errors ${formatValue(errors / rate, 'ratio')}`);
    hasErrors = errors > 0;
  }
  return { value: formatRate(rate, unit), detail: details.join(', '), hasErrors };
}

function describeHistogram(
  family: PageFamily,
  quantiles: ReadonlyMap<string, number>,
  recorded: Recorded | undefined,
): Headline {
  const unit = findUnit(family);
  const of = (name: string) => formatValue(quantiles.get(name) ?? 0, unit);
  const hint = recorded === undefined ? undefined : findHint(recorded, unit);
  const detail = [`95th percentile; p50 ${of('p50')}, p99 ${of('p99')}`, ...(hint === undefined ? [] : [hint])];
  return { value: of('p95'), detail: detail.join('. '), hasErrors: false };
}

/** Returns why the quantile says little: it lies in the lowest or in the highest bucket. */
function findHint({ bounds, counts }: Recorded, unit: ReturnType<typeof findUnit>): string | undefined {
  const rank = 0.95 * (counts.at(-1) ?? 0);
  const [lowest, highest] = [bounds[0], bounds.at(-1)];
  if (lowest === undefined || highest === undefined || rank <= 0) return undefined;
  if ((counts[0] ?? 0) >= rank) return `Not precise: it lies in the lowest bucket, up to ${formatValue(lowest, unit)}`;
  if ((counts[bounds.length - 1] ?? 0) < rank)
    return `Not precise: it lies above the highest bound, ${formatValue(highest, unit)}`;
  return undefined;
}
