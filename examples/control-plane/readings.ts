import { counterIncrease, histogramQuantile, type MetricFamily } from 'meterbridge';
import type { Node } from './nodes';

/** The metrics that the dashboard shows over time, with their queries. */
export const METRICS = {
  ingestion_rate: 'sum(rate(allsource_events_ingested_total[$step]))',
  error_rate: 'sum(rate(allsource_ingestion_errors_total[$step]))',
  query_rate: 'sum(rate(allsource_queries_total[$step]))',
  avg_ingestion_latency_ms:
    '1000 * sum(rate(allsource_ingestion_duration_seconds_sum[$step])) / sum(rate(allsource_ingestion_duration_seconds_count[$step]))',
  p95_ingestion_latency_ms:
    '1000 * histogram_quantile(0.95, sum by (le) (rate(allsource_ingestion_duration_seconds_bucket[$step])))',
  p95_query_latency_ms:
    '1000 * histogram_quantile(0.95, sum by (le) (rate(allsource_query_duration_seconds_bucket[$step])))',
  total_events: 'sum(allsource_storage_events_total)',
  storage_size_bytes: 'sum(allsource_storage_size_bytes)',
  wal_segments: 'sum(allsource_wal_segments_total)',
} as const;

export type Metric = keyof typeof METRICS;
/** Null if the value is unknown. */
export type Readings = { readonly [M in Metric]: number | null };

export function isMetric(name: string): name is Metric {
  return Object.hasOwn(METRICS, name);
}

/** The sums of the counters and buckets of all nodes at a moment. */
interface Totals {
  readonly time: number;
  readonly counts: ReadonlyMap<string, number>;
}

const COUNTERS = [
  'allsource_events_ingested_total',
  'allsource_ingestion_errors_total',
  'allsource_queries_total',
  'allsource_ingestion_duration_seconds',
  'allsource_query_duration_seconds',
];

/** Computes readings from the counters of the nodes. Rates and latencies are those since the previous readings. */
export class Reader {
  private before: Totals | undefined;

  read(nodes: readonly Node[], time: number): Readings {
    const now = { time, counts: totals(nodes) };
    const { before } = this;
    this.before = now;
    const since = new Since(before, now);
    return {
      ingestion_rate: since.rate('allsource_events_ingested_total'),
      error_rate: since.rate('allsource_ingestion_errors_total'),
      query_rate: since.rate('allsource_queries_total'),
      avg_ingestion_latency_ms: since.averageMillis('allsource_ingestion_duration_seconds'),
      p95_ingestion_latency_ms: since.quantileMillis(0.95, 'allsource_ingestion_duration_seconds'),
      p95_query_latency_ms: since.quantileMillis(0.95, 'allsource_query_duration_seconds'),
      total_events: sum(nodes, 'allsource_storage_events_total'),
      storage_size_bytes: sum(nodes, 'allsource_storage_size_bytes'),
      wal_segments: sum(nodes, 'allsource_wal_segments_total'),
    };
  }
}

/** Returns the sum of a family's samples over all nodes; `undefined` if no node serves the family. */
export function sum(nodes: readonly Node[], family: string): number | null {
  const values = nodes.flatMap(({ families }) => families?.get(family)?.samples.map(({ value }) => value) ?? []);
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
}

/** Returns sums by sample name, and by bucket. */
function totals(nodes: readonly Node[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { families } of nodes) {
    for (const name of COUNTERS) {
      for (const sample of (families?.get(name) as MetricFamily | undefined)?.samples ?? []) {
        const le = sample.labels.get('le');
        const key = le === undefined ? sample.name : `${sample.name} ${le}`;
        counts.set(key, (counts.get(key) ?? 0) + sample.value);
      }
    }
  }
  return counts;
}

/** The differences between two moments. */
class Since {
  constructor(
    private readonly before: Totals | undefined,
    private readonly now: Totals,
  ) {}

  rate(name: string): number | null {
    const grown = this.grown(name);
    const seconds = (this.now.time - (this.before?.time ?? 0)) / 1000;
    return grown === null || seconds <= 0 ? null : grown / seconds;
  }

  averageMillis(histogram: string): number | null {
    const [total, count] = [this.grown(`${histogram}_sum`), this.grown(`${histogram}_count`)];
    return total === null || count === null || count === 0 ? null : (1000 * total) / count;
  }

  /** In milliseconds; null if nothing was recorded. */
  quantileMillis(quantile: number, histogram: string): number | null {
    const prefix = `${histogram}_bucket `;
    const buckets = [...this.now.counts.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => ({ bound: boundOf(key.slice(prefix.length)), count: this.grown(key) ?? 0 }))
      .sort((a, b) => a.bound - b.bound);
    const value = histogramQuantile(quantile, {
      bounds: buckets.map(({ bound }) => bound).filter(Number.isFinite),
      counts: buckets.map(({ count }) => count),
    });
    return Number.isNaN(value) ? null : 1000 * value;
  }

  private grown(key: string): number | null {
    const [before, now] = [this.before?.counts.get(key), this.now.counts.get(key)];
    return before === undefined || now === undefined ? null : counterIncrease(before, now);
  }
}

function boundOf(le: string): number {
  return le === '+Inf' ? Infinity : Number(le);
}
