import { counterIncrease, histogramQuantile } from '../../exposition/quantile.ts';
import type { PageFamily, PageSeries } from '../wire.ts';

const QUANTILES = [0.5, 0.95, 0.99];

/** The series of a family at an earlier time, by their labels. */
export interface EarlierSeries {
  readonly time: number;
  readonly series: ReadonlyMap<string, PageSeries>;
}

/** Returns the labels of a series as text: `method=GET status=200`. */
export function labelText({ labels }: PageSeries): string {
  return labels.map(([name, value]) => `${name}=${value}`).join(' ');
}

/**
 * Returns the current value of each line of a family's chart: gauges as they are, counters as rates per second, histograms
 * as quantiles of what was recorded since the earlier time. Null means that the value is not known.
 */
export function readLines(family: PageFamily, time: number, before: EarlierSeries): Map<string, number | null> {
  if (family.type === 'histogram') return readQuantiles(family, before);
  const seconds = (time - before.time) / 1000;
  return new Map(
    family.series.map((series) => {
      const key = labelText(series);
      const now = series.value ?? null;
      const earlier = before.series.get(key)?.value ?? null;
      const rate = now === null || earlier === null ? null : counterIncrease(earlier, now) / seconds;
      return [key || family.name, family.type === 'gauge' ? now : rate];
    }),
  );
}

/** What all series of a histogram recorded since an earlier time: cumulative counts by bound. */
export interface Recorded {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

export function readRecorded({ series }: PageFamily, before: EarlierSeries): Recorded {
  const counts: number[] = [];
  for (const each of series) {
    const earlier = before.series.get(labelText(each))?.counts;
    if (earlier === undefined) continue;
    const wasReset = (each.counts?.at(-1) ?? 0) < (earlier.at(-1) ?? 0);
    for (const [i, count] of (each.counts ?? []).entries()) {
      counts[i] = (counts[i] ?? 0) + (wasReset ? count : counterIncrease(earlier[i] ?? 0, count));
    }
  }
  return { bounds: series[0]?.bounds ?? [], counts };
}

/** Returns the number of values of each bucket. */
export function bucketCounts({ counts }: Recorded): number[] {
  return counts.map((count, i) => count - (counts[i - 1] ?? 0));
}

/** Returns quantiles over all series of a histogram together. */
function readQuantiles(family: PageFamily, before: EarlierSeries): Map<string, number | null> {
  const recorded = readRecorded(family, before);
  return new Map(
    QUANTILES.map((quantile) => {
      const value = histogramQuantile(quantile, recorded);
      return [`p${quantile * 100}`, Number.isNaN(value) ? null : value];
    }),
  );
}
