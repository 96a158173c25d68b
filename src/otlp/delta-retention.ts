import type { Attributes } from '@opentelemetry/api';
import type {
  ExponentialHistogram,
  Histogram,
  MetricData,
  ResourceMetrics,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { isOverflow, OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import { DATA_POINT_TYPE, TEMPORALITY } from '../collection/enums';
import { isBefore } from '../collection/hr-time';
import { mergeExponentialHistograms, mergeHistograms } from '../collection/merge-points';
import type { CollectedPoint } from '../collection/points';

/**
 * Keeps delta streams that are not yet known to be exported, and adds them to the next export. A delta that is lost is
 * lost for good, while a cumulative stream is complete with the next export; cumulative streams are therefore not kept.
 *
 * Per stream and attribute set, sums and histograms add up, gauges take the newest value, and the point covers the time
 * from the earliest start to the latest end. A stream keeps at most as many attribute sets as the limit, or as one
 * collection of it had if that was more; further ones are added to the overflow point, so that totals stay complete.
 * The memory is therefore bounded, however long exports fail.
 */
export class DeltaRetention {
  private kept: ResourceMetrics | undefined;

  /** @param limit the maximum number of attribute sets that are kept per stream, without the overflow point */
  constructor(private readonly limit: number) {}

  /** Keeps the delta streams of an export in place of what was kept before, which the export must include. */
  keep(exported: ResourceMetrics): RetainedExport {
    const scopeMetrics = exported.scopeMetrics
      .map(({ scope, metrics }) => ({ scope, metrics: metrics.filter(isDelta) }))
      .filter(({ metrics }) => metrics.length > 0);
    const kept = scopeMetrics.length === 0 ? undefined : { resource: exported.resource, scopeMetrics };
    this.kept = kept;
    return {
      release: () => {
        if (this.kept === kept) this.kept = undefined;
      },
    };
  }

  /** Returns newly collected metrics with the kept ones added. What is kept stays kept until it is replaced or released. */
  addTo(collected: ResourceMetrics): ResourceMetrics {
    if (this.kept === undefined) return collected;
    const streams = new Map<string, KeptStream>();
    forEachStream(this.kept, (key, scope, metric) => void streams.set(key, { scope, metric }));
    const scopeMetrics = new Map<string, ScopeMetrics>();
    const add = (scope: ScopeMetrics['scope'], metric: MetricData) => {
      const key = scopeKey(scope);
      const existing = scopeMetrics.get(key);
      if (existing === undefined) scopeMetrics.set(key, { scope, metrics: [metric] });
      else existing.metrics.push(metric);
    };
    forEachStream(collected, (key, scope, metric) => {
      const older = streams.get(key);
      streams.delete(key);
      add(scope, older === undefined ? metric : this.mergeStreams(older.metric, metric));
    });
    for (const { scope, metric } of streams.values()) add(scope, metric);
    return { resource: collected.resource, scopeMetrics: [...scopeMetrics.values()] };
  }

  private mergeStreams(older: MetricData, newer: MetricData): MetricData {
    const capacity = Math.max(this.limit, countSets(older), countSets(newer));
    const points = new Map<string, CollectedPoint>();
    let sets = 0;
    const add = (point: CollectedPoint, key = attributeKey(point.attributes)) => {
      const existing = points.get(key);
      if (existing !== undefined) {
        const merged = mergePoints(newer.dataPointType, existing, point);
        // Histograms with other boundaries, which a changed view makes, are exported apart.
        if (merged === undefined) add(point, `${key}${(point.value as Histogram).buckets.boundaries.join()}`);
        else points.set(key, merged);
      } else if (isOverflow(point.attributes)) {
        points.set(key, point);
      } else if (sets < capacity) {
        points.set(key, point);
        sets++;
      } else {
        add({ ...point, attributes: OVERFLOW_ATTRIBUTES });
      }
    };
    for (const point of older.dataPoints) add(point);
    for (const point of newer.dataPoints) add(point);
    return { ...newer, dataPoints: [...points.values()] } as MetricData;
  }
}

/** The delta streams of one export. */
export interface RetainedExport {
  /** Drops them, because the backend has them or refuses them. Does nothing if a later export has replaced them. */
  release(): void;
}

interface KeptStream {
  readonly scope: ScopeMetrics['scope'];
  readonly metric: MetricData;
}

function isDelta({ aggregationTemporality }: MetricData): boolean {
  return aggregationTemporality === TEMPORALITY.DELTA;
}

/** Calls `visit` with a key for each stream. Streams of one identity, which views in conflict produce, have keys of their own. */
function forEachStream(
  { scopeMetrics }: ResourceMetrics,
  visit: (key: string, scope: ScopeMetrics['scope'], metric: MetricData) => void,
): void {
  const seen = new Map<string, number>();
  for (const { scope, metrics } of scopeMetrics) {
    for (const metric of metrics) {
      const { descriptor, dataPointType, aggregationTemporality } = metric;
      const { name, unit, valueType } = descriptor;
      const isMonotonic = metric.dataPointType === DATA_POINT_TYPE.SUM && metric.isMonotonic;
      const identity = JSON.stringify([
        scopeKey(scope),
        name,
        unit,
        valueType,
        dataPointType,
        aggregationTemporality,
        isMonotonic,
      ]);
      const occurrence = seen.get(identity) ?? 0;
      seen.set(identity, occurrence + 1);
      visit(`${identity}${occurrence}`, scope, metric);
    }
  }
}

function scopeKey({ name, version, schemaUrl }: ScopeMetrics['scope']): string {
  return JSON.stringify([name, version ?? '', schemaUrl ?? '']);
}

function countSets({ dataPoints }: MetricData): number {
  let count = 0;
  for (const point of dataPoints) if (!isOverflow(point.attributes)) count++;
  return count;
}

/** Returns a key that equal attribute sets share, in whatever order their attributes are. */
function attributeKey(attributes: Attributes): string {
  let key = '';
  for (const name of Object.keys(attributes).sort()) {
    const value = attributes[name];
    // JSON has no NaN and no infinities.
    key += `${JSON.stringify(name)}:${typeof value === 'number' ? value : JSON.stringify(value)},`;
  }
  return key;
}

/** Returns the point of the time of both, or undefined if they cannot be merged. */
function mergePoints(
  type: MetricData['dataPointType'],
  older: CollectedPoint,
  newer: CollectedPoint,
): CollectedPoint | undefined {
  const value = mergeValues(type, older.value, newer.value);
  if (value === undefined) return undefined;
  const exemplars = newer.exemplars ?? older.exemplars;
  return {
    startTime: isBefore(newer.startTime, older.startTime) ? newer.startTime : older.startTime,
    endTime: isBefore(newer.endTime, older.endTime) ? older.endTime : newer.endTime,
    attributes: newer.attributes,
    value,
    ...(exemplars === undefined ? {} : { exemplars }),
  };
}

function mergeValues(
  type: MetricData['dataPointType'],
  older: CollectedPoint['value'],
  newer: CollectedPoint['value'],
): CollectedPoint['value'] | undefined {
  switch (type) {
    case DATA_POINT_TYPE.SUM:
      return (older as number) + (newer as number);
    case DATA_POINT_TYPE.HISTOGRAM:
      return mergeHistograms(older as Histogram, newer as Histogram);
    case DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM:
      return mergeExponentialHistograms(older as ExponentialHistogram, newer as ExponentialHistogram);
    default:
      return newer;
  }
}
