import { ValueType } from '@opentelemetry/api';
import { type Catalog, DEFINITION, type MetricDefinition } from '../catalog/definition';
import { DATA_POINT_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../collection/enums';
import { toHrTime } from '../collection/hr-time';
import type { CollectedPoint } from '../collection/points';
import type { CollectedStream, ProducerCounts } from '../collection/slices';
import type { DropReason } from '../exposition/families';

/** Why a scrape was incomplete or failed. */
export type ScrapeError = 'callback' | 'collect' | 'encode';

/** What became of a request for metrics. */
export interface Answer {
  readonly status: number;
  /** From the request to the last byte. */
  readonly seconds: number;
  /** Before compression. */
  readonly bytes: number;
}

/** The metrics that the endpoint serves about itself, as of the scrape before. */
const SELF_METRICS = {
  name: 'meterbridge',
  metrics: {
    scrapes: {
      name: 'meterbridge_scrapes_total',
      instrument: 'counter',
      description: 'Expositions answered in full, by HTTP status',
      labels: { code: 'string' },
    },
    duration: {
      name: 'meterbridge_scrape_duration_seconds',
      instrument: 'gauge',
      description: 'Time from the last request to the last byte of its exposition',
      unit: 's',
    },
    size: {
      name: 'meterbridge_scrape_size_bytes',
      instrument: 'gauge',
      description: 'Size of the last exposition before compression',
      unit: 'By',
    },
    series: {
      name: 'meterbridge_scrape_series',
      instrument: 'gauge',
      description: 'Series in the last exposition; a histogram is one series',
    },
    errors: {
      name: 'meterbridge_scrape_errors_total',
      instrument: 'counter',
      description:
        'Errors of scrapes: callbacks that failed or timed out, collections that failed, families that could not be encoded',
      labels: { reason: ['callback', 'collect', 'encode'] },
    },
    dropped: {
      name: 'meterbridge_dropped_metrics_total',
      instrument: 'counter',
      description: 'Metrics left out of expositions, by reason',
      labels: { reason: ['conflict', 'delta', 'invalid'] },
    },
    overflow: {
      name: 'meterbridge_overflow_measurements_total',
      instrument: 'counter',
      description: 'Measurements that were aggregated into the overflow series of a metric',
      labels: { metric: 'string' },
    },
    hanging: {
      name: 'meterbridge_hanging_callbacks',
      instrument: 'gauge',
      description: 'Callbacks of asynchronous instruments that exceeded their timeout and are still running',
    },
  },
} as const satisfies Catalog;

/** Counts what becomes of scrapes, and serves the counts as documented metrics. */
export class SelfMetrics {
  private readonly start = toHrTime(Date.now());
  private readonly scrapes = new Map<string, number>();
  private readonly errors = new Map<string, number>(zeros(SELF_METRICS.metrics.errors.labels.reason));
  private readonly drops = new Map<string, number>(zeros(SELF_METRICS.metrics.dropped.labels.reason));
  private last: Answer | undefined;
  private series = 0;

  answered(answer: Answer): void {
    add(this.scrapes, String(answer.status));
    if (answer.status === 200) this.last = answer;
  }

  failed(error: ScrapeError): void {
    add(this.errors, error);
  }

  /** Takes the numbers of a page that is complete. */
  finished(series: number, dropped: ReadonlyMap<DropReason, number>): void {
    this.series = series;
    for (const [reason, count] of dropped) add(this.drops, reason, count);
  }

  /** Returns the metrics as they are now. */
  streams({ overflowMeasurements, hangingCallbacks }: ProducerCounts): CollectedStream[] {
    const { scrapes, duration, size, series, errors, dropped, overflow, hanging } = SELF_METRICS.metrics;
    const streams = [
      this.stream(scrapes, this.scrapes),
      this.stream(errors, this.errors),
      this.stream(dropped, this.drops),
      this.stream(overflow, overflowMeasurements),
      this.stream(hanging, hangingCallbacks),
    ];
    const { last } = this;
    if (last === undefined) return streams;
    return [
      ...streams,
      this.stream(duration, last.seconds),
      this.stream(size, last.bytes),
      this.stream(series, this.series),
    ];
  }

  private stream(definition: MetricDefinition, values: number | ReadonlyMap<string, number>): CollectedStream {
    const { name, description, unit = '', labels = {}, instrument } = definition;
    const [label = ''] = Object.keys(labels);
    const endTime = toHrTime(Date.now());
    const point = (attributes: Record<string, string>, value: number): CollectedPoint => ({
      startTime: this.start,
      endTime,
      attributes,
      value,
    });
    const points =
      typeof values === 'number'
        ? [point({}, values)]
        : [...values].map(([key, value]) => point({ [label]: key }, value));
    const isCounter = instrument === 'counter';
    return {
      descriptor: {
        name,
        description,
        unit,
        type: isCounter ? INSTRUMENT_TYPE.COUNTER : INSTRUMENT_TYPE.GAUGE,
        valueType: ValueType.DOUBLE,
        [DEFINITION]: definition,
      },
      aggregationTemporality: TEMPORALITY.CUMULATIVE,
      dataPointType: isCounter ? DATA_POINT_TYPE.SUM : DATA_POINT_TYPE.GAUGE,
      ...(isCounter ? { isMonotonic: true } : {}),
      scope: { name: SELF_METRICS.name },
      size: points.length,
      slices: () => [points],
    };
  }
}

function add(counts: Map<string, number>, key: string, count = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function zeros(keys: readonly string[]): [string, number][] {
  return keys.map((key) => [key, 0]);
}
