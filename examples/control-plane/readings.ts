import { histogramQuantile } from 'meterbridge';
import type { CounterWindow } from './counter-window';

/** The metrics that the dashboard shows over time, with their queries. */
export const METRICS = {
  ingestion_rate: 'sum(rate(allsource_events_ingested_total[$window]))',
  error_rate: 'sum(rate(allsource_ingestion_errors_total[$window]))',
  query_rate: 'sum(rate(allsource_queries_total[$window]))',
  avg_ingestion_latency_ms:
    '1000 * sum(rate(allsource_ingestion_duration_seconds_sum[$window])) / sum(rate(allsource_ingestion_duration_seconds_count[$window]))',
  p95_ingestion_latency_ms:
    '1000 * histogram_quantile(0.95, sum by (le) (rate(allsource_ingestion_duration_seconds_bucket[$window])))',
  p95_query_latency_ms:
    '1000 * histogram_quantile(0.95, sum by (le) (rate(allsource_query_duration_seconds_bucket[$window])))',
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

/** The families whose samples are kept to compute rates. */
export const COUNTERS: readonly string[] = [
  'allsource_events_ingested_total',
  'allsource_ingestion_errors_total',
  'allsource_queries_total',
  'allsource_ingestion_duration_seconds',
  'allsource_query_duration_seconds',
];

/** The part of a node that readings are computed from. */
export interface Source {
  readonly counters: CounterWindow;
  /** The sum of the samples of a family at the last scrape; `undefined` while the node does not answer. */
  sum(family: string): number | undefined;
}

/**
 * Computes the readings of all nodes at a moment. Rates and latencies are those of the window before it, whoever asks and
 * however often.
 */
export function read(sources: readonly Source[], now: number, windowMillis: number): Readings {
  const rates = sources.flatMap(({ counters }) => [...counters.rates(now, windowMillis)]);
  const ratesOf = (sample: string) => rates.filter(([key]) => key === sample || key.startsWith(`${sample} `));
  const rate = (sample: string) =>
    nullable(
      ratesOf(sample)
        .map(([, value]) => value)
        .reduce<Known>(plus, undefined),
    );
  const averageMillis = (histogram: string) => {
    const [seconds, count] = [rate(`${histogram}_sum`), rate(`${histogram}_count`)];
    return seconds === null || count === null || count === 0 ? null : (1000 * seconds) / count;
  };
  const p95Millis = (histogram: string) => {
    const buckets = new Map<number, number>();
    for (const [key, value] of ratesOf(`${histogram}_bucket`)) {
      const bound = boundOf(key);
      buckets.set(bound, (buckets.get(bound) ?? 0) + value);
    }
    const sorted = [...buckets].sort(([a], [b]) => a - b);
    const quantile = histogramQuantile(0.95, {
      bounds: sorted.map(([bound]) => bound).filter(Number.isFinite),
      counts: sorted.map(([, count]) => count),
    });
    return Number.isNaN(quantile) ? null : 1000 * quantile;
  };
  const sum = (family: string) => nullable(sources.map((source) => source.sum(family)).reduce<Known>(plus, undefined));
  return {
    ingestion_rate: rate('allsource_events_ingested_total'),
    error_rate: rate('allsource_ingestion_errors_total'),
    query_rate: rate('allsource_queries_total'),
    avg_ingestion_latency_ms: averageMillis('allsource_ingestion_duration_seconds'),
    p95_ingestion_latency_ms: p95Millis('allsource_ingestion_duration_seconds'),
    p95_query_latency_ms: p95Millis('allsource_query_duration_seconds'),
    total_events: sum('allsource_storage_events_total'),
    storage_size_bytes: sum('allsource_storage_size_bytes'),
    wal_segments: sum('allsource_wal_segments_total'),
  };
}

type Known = number | undefined;

function plus(sum: Known, value: Known): Known {
  return value === undefined ? sum : (sum ?? 0) + value;
}

function nullable(value: Known): number | null {
  return value ?? null;
}

function boundOf(key: string): number {
  const le = / le=(\S+)/.exec(key)?.[1];
  return le === '+Inf' ? Infinity : Number(le);
}
