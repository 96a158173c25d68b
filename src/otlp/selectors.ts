import type {
  AggregationOption,
  AggregationTemporality,
  AggregationTemporalitySelector,
  InstrumentType,
} from '@opentelemetry/sdk-metrics';
import { AGGREGATION_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../collection/enums';

/** Accepted values of `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` (OTLP Metrics Exporter specification). */
export const TEMPORALITY_PREFERENCES = ['cumulative', 'delta', 'lowmemory'] as const;

/** Which temporality an OTLP exporter prefers (OTLP Metrics Exporter specification). */
export type TemporalityPreference = (typeof TEMPORALITY_PREFERENCES)[number];

/** Accepted values of `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` (OTLP Metrics Exporter specification). */
export const HISTOGRAM_AGGREGATIONS = ['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'] as const;

/** How an OTLP exporter aggregates histograms that no view configures (OTLP Metrics Exporter specification). */
export type HistogramAggregation = (typeof HISTOGRAM_AGGREGATIONS)[number];

/**
 * The instrument types that are exported as deltas. The specification leaves gauges open; they are as in
 * `@opentelemetry/exporter-metrics-otlp-http`, where a delta gauge is exported only if it was set since the last export.
 */
const DELTA_TYPES: Readonly<Record<TemporalityPreference, ReadonlySet<InstrumentType>>> = {
  cumulative: new Set(),
  delta: new Set([
    INSTRUMENT_TYPE.COUNTER,
    INSTRUMENT_TYPE.OBSERVABLE_COUNTER,
    INSTRUMENT_TYPE.HISTOGRAM,
    INSTRUMENT_TYPE.GAUGE,
    INSTRUMENT_TYPE.OBSERVABLE_GAUGE,
  ]),
  lowmemory: new Set([INSTRUMENT_TYPE.COUNTER, INSTRUMENT_TYPE.HISTOGRAM]),
};

/** Returns the temporality of each instrument type under a preference. */
export function createTemporalitySelector(preference: TemporalityPreference): AggregationTemporalitySelector {
  const deltas = DELTA_TYPES[preference];
  return (type): AggregationTemporality => (deltas.has(type) ? TEMPORALITY.DELTA : TEMPORALITY.CUMULATIVE);
}

/** Returns the aggregation of each instrument type that has no view: the default, or the given one for histograms. */
export function createAggregationSelector(
  histograms: HistogramAggregation,
): (type: InstrumentType) => AggregationOption {
  return (type) =>
    type === INSTRUMENT_TYPE.HISTOGRAM && histograms === 'base2_exponential_bucket_histogram'
      ? { type: AGGREGATION_TYPE.EXPONENTIAL_HISTOGRAM }
      : { type: AGGREGATION_TYPE.DEFAULT };
}
