import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { Family } from '../exposition/families';
import type { PageData, PageFamily, PageSeries } from './wire';

/** The most series of a family that a page is told of: more cannot be told apart on a chart. */
const MOST_SERIES = 100;

/** What the page shows of collected families. */
export function pageData(families: readonly Family[]): PageData {
  const shown = families.map((family): PageFamily => {
    const { definition, scope = '' } = family;
    const series = seriesOf(family);
    return {
      name: family.name,
      type: family.type === 'counter' ? 'counter' : isHistogram(family) ? 'histogram' : 'gauge',
      help: family.help,
      catalog: scope,
      section: definition?.section ?? '',
      series: series.slice(0, MOST_SERIES),
      more: Math.max(0, series.length - MOST_SERIES),
    };
  });
  return { time: Date.now(), families: shown };
}

function isHistogram({ type }: Family): boolean {
  return type === 'histogram' || type === 'native';
}

function seriesOf(family: Family): PageSeries[] {
  return family.parts.flatMap(({ points, labels }) =>
    points.map((point) => ({ labels: labels.pairs(point.attributes), ...held(family, point) })),
  );
}

function held(family: Family, { value }: DataPoint<unknown>): Omit<PageSeries, 'labels'> {
  if (!isHistogram(family)) return { value: Number.isFinite(value) ? (value as number) : null };
  const { count, sum = 0, buckets } = value as Histogram & ExponentialHistogram;
  if (family.type === 'native') return { count, sum };
  let cumulative = 0;
  const counts = buckets.counts.map((each) => {
    cumulative += each;
    return cumulative;
  });
  return { count, sum, bounds: buckets.boundaries, counts };
}
