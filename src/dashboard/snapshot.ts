import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { documentedAs, documentedIn, type MetricDefinition, promType } from '../catalog/define';
import type { Family } from '../exposition/families';
import type { PageData, PageFamily, PageSeries } from './wire';

/** The most series of a family that a page is told of: more cannot be told apart on a chart. */
const MOST_SERIES = 100;

/** What the page shows of collected families, and of those beside them in their catalogs that have no series yet. */
export function pageData(families: readonly Family[]): PageData {
  const shown = families.map((family): PageFamily => {
    const { catalog = '', definition } = documentedAs(family.name) ?? {};
    const series = seriesOf(family);
    return {
      name: family.name,
      type: family.type === 'counter' ? 'counter' : isHistogram(family) ? 'histogram' : 'gauge',
      help: family.help,
      catalog,
      section: definition?.section ?? '',
      series: series.slice(0, MOST_SERIES),
      more: Math.max(0, series.length - MOST_SERIES),
    };
  });
  const names = new Set(shown.map(({ name }) => name));
  const catalogs = [...new Set(shown.map(({ catalog }) => catalog))].filter((catalog) => catalog !== '');
  const empty = catalogs.flatMap((catalog) =>
    documentedIn(catalog)
      .filter(({ name }) => !names.has(name))
      .map((definition) => emptyFamily(catalog, definition)),
  );
  return { time: Date.now(), families: [...shown, ...empty] };
}

function emptyFamily(catalog: string, definition: MetricDefinition): PageFamily {
  const { name, description, section = '' } = definition;
  return { name, type: promType(definition), help: description, catalog, section, series: [], more: 0 };
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
