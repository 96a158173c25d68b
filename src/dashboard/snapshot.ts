import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { type Catalog, type MetricDefinition, prometheusType } from '../catalog/definition';
import type { CollectedPoint } from '../collection/points';
import { report } from '../diagnostics';
import { exemplarsOfPoint } from '../exposition/encode/exemplars';
import { bucketLayout, cumulate } from '../exposition/encode/histogram-buckets';
import type { Family } from '../exposition/families';
import { readPoints } from '../exposition/family-points';
import { printable } from '../issues';
import { TopSeries } from './top-series';
import type { PageAlerts, PageExemplar, PageFamily, PageSeries } from './wire';

/** The number of series of one family that the dashboard gets. More cannot be told apart on a chart. */
const MAX_FAMILY_SERIES = 100;
/** The number of series of all families that the dashboard gets. */
const MAX_SERIES = 10_000;
/** The number of series that are written before other work may run. */
const SERIES_PER_TURN = 500;
/** The number of points that are read before other work may run. */
const POINTS_PER_TURN = 5000;

/** What the dashboard shows besides families. */
export interface Surroundings {
  readonly alerts?: PageAlerts | undefined;
  readonly traceUrl?: string | undefined;
}

/**
 * Writes what the dashboard shows as JSON, the shape of `PageData`, family by family: the collected families, and those of
 * their catalogs that have no series yet. Lets the event loop run between them.
 */
export async function* dashboardData(
  families: readonly Family[],
  catalogs: readonly Catalog[],
  { alerts, traceUrl }: Surroundings = {},
): AsyncGenerator<Uint8Array> {
  const head = JSON.stringify({ time: Date.now(), alerts, traceUrl });
  yield Buffer.from(`${head.slice(0, -1)},"families":[`);
  let separator = '';
  let total = 0;
  let turn = 0;
  for (const family of documentedFirst(families, catalogs)) {
    const shown = await pageFamily(family, Math.min(MAX_FAMILY_SERIES, MAX_SERIES - total));
    total += shown.series.length;
    turn += shown.series.length + 1;
    yield Buffer.from(separator + JSON.stringify(shown));
    separator = ',';
    if (turn < SERIES_PER_TURN) continue;
    turn = 0;
    await nextTurn();
  }
  for (const empty of familiesWithoutSeries(families, catalogs)) {
    yield Buffer.from(separator + JSON.stringify(empty));
    separator = ',';
  }
  yield Buffer.from(']}');
}

/** Returns the families of the catalogs of the app before those that the SDK adds. */
function documentedFirst(families: readonly Family[], catalogs: readonly Catalog[]): Family[] {
  const names = new Set(catalogs.map(({ name }) => name));
  const isOfApp = ({ documented }: Family) => documented !== undefined && names.has(documented.catalog);
  return [...families.filter(isOfApp), ...families.filter((family) => !isOfApp(family))];
}

async function pageFamily(family: Family, maxSeries: number): Promise<PageFamily> {
  const { name, help, type, documented } = family;
  return {
    name,
    type: type === 'counter' ? 'counter' : isHistogram(family) ? 'histogram' : 'gauge',
    help,
    states: documented?.definition.states,
    catalog: documented?.catalog ?? '',
    section: documented?.definition.section ?? '',
    ...(await readSeries(family, maxSeries)),
  };
}

/** Reads the whole family, and writes the largest series. */
async function readSeries(
  family: Family,
  maxSeries: number,
): Promise<Pick<PageFamily, 'series' | 'rest' | 'exemplar'>> {
  const top = new TopSeries(maxSeries);
  const series: PageSeries[] = [];
  let exemplar: PageExemplar | undefined;
  let read = 0;
  const reportIncomplete = (error: unknown) =>
    report('encode', `family ${family.name} is not complete on the dashboard: ${printable(error)}`, family.name);
  try {
    for (const run of readPoints(family, true)) {
      if (run !== undefined) {
        for (const point of run.points) {
          top.add(findRank(family, point), run.labels, point);
          exemplar = latestTraced(exemplar, point);
        }
        read += run.points.length;
        if (read < POINTS_PER_TURN) continue;
      }
      read = 0;
      await nextTurn();
    }
  } catch (error) {
    reportIncomplete(error);
  }
  try {
    for (const { labels, point } of top.finish()) {
      series.push({ labels: labels.pairs(point.attributes), ...seriesValue(family, point) });
    }
  } catch (error) {
    reportIncomplete(error);
  }
  return { series, rest: top.rest, ...(exemplar === undefined ? {} : { exemplar }) };
}

function findRank(family: Family, { value }: CollectedPoint): number {
  return isHistogram(family) ? (value as Histogram).count : (value as number);
}

/** Returns the later one of an exemplar and those of a point that have a trace. */
function latestTraced(latest: PageExemplar | undefined, point: CollectedPoint): PageExemplar | undefined {
  if (point.exemplars === undefined) return latest;
  let found = latest;
  for (const { traceId, value, timestamp } of exemplarsOfPoint(point)) {
    const time = timestamp[0] * 1000 + timestamp[1] / 1e6;
    if (traceId !== undefined && traceId !== '' && (found === undefined || time >= found.time)) {
      found = { traceId, value, time };
    }
  }
  return found;
}

function seriesValue(family: Family, { value }: CollectedPoint): Omit<PageSeries, 'labels'> {
  if (!isHistogram(family)) return { value: Number.isFinite(value) ? (value as number) : null };
  const { count, sum = 0, buckets } = value as Histogram & ExponentialHistogram;
  const layout = family.type === 'histogram' ? bucketLayout(buckets.boundaries) : undefined;
  if (layout === undefined) return { count, sum };
  const counts: number[] = [];
  cumulate(layout, buckets.counts, counts);
  return { count, sum, bounds: layout.bounds.slice(0, -1), counts };
}

function familiesWithoutSeries(families: readonly Family[], catalogs: readonly Catalog[]): PageFamily[] {
  const names = new Set(families.map(({ name }) => name));
  const shown = new Set(families.map(({ documented }) => documented?.catalog));
  return catalogs
    .filter(({ name }) => shown.has(name))
    .flatMap(({ name, metrics }) => Object.values(metrics).map((definition) => emptyFamily(name, definition)))
    .filter(({ name }) => !names.has(name));
}

function emptyFamily(catalog: string, definition: MetricDefinition): PageFamily {
  const { name, description, section = '' } = definition;
  return {
    name,
    type: prometheusType(definition),
    help: description,
    catalog,
    section,
    series: [],
    rest: { count: 0, sum: 0 },
  };
}

/** Whether points have a count and a sum. The dashboard shows a summary as a histogram without buckets. */
function isHistogram({ type }: Family): boolean {
  return type === 'histogram' || type === 'native' || type === 'summary';
}
