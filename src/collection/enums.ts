import type {
  AggregationTemporality,
  AggregationType,
  DataPointType,
  InstrumentType,
} from '@opentelemetry/sdk-metrics';

// Values of the enums of @opentelemetry/sdk-metrics. Only its types are imported, so that recording and serving metrics
// does not load the package; the compiler refuses a value that is not the member's.

export const INSTRUMENT_TYPE = {
  COUNTER: 'COUNTER' as InstrumentType.COUNTER,
  GAUGE: 'GAUGE' as InstrumentType.GAUGE,
  HISTOGRAM: 'HISTOGRAM' as InstrumentType.HISTOGRAM,
  UP_DOWN_COUNTER: 'UP_DOWN_COUNTER' as InstrumentType.UP_DOWN_COUNTER,
  OBSERVABLE_COUNTER: 'OBSERVABLE_COUNTER' as InstrumentType.OBSERVABLE_COUNTER,
  OBSERVABLE_GAUGE: 'OBSERVABLE_GAUGE' as InstrumentType.OBSERVABLE_GAUGE,
  OBSERVABLE_UP_DOWN_COUNTER: 'OBSERVABLE_UP_DOWN_COUNTER' as InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
} as const;

/** Returns whether callbacks observe the values of instruments of a type. */
export function isAsynchronous(type: InstrumentType): boolean {
  return type.startsWith('OBSERVABLE_');
}

interface DataPointTypes {
  readonly HISTOGRAM: DataPointType.HISTOGRAM;
  readonly EXPONENTIAL_HISTOGRAM: DataPointType.EXPONENTIAL_HISTOGRAM;
  readonly GAUGE: DataPointType.GAUGE;
  readonly SUM: DataPointType.SUM;
}
export const DATA_POINT_TYPE: DataPointTypes = { HISTOGRAM: 0, EXPONENTIAL_HISTOGRAM: 1, GAUGE: 2, SUM: 3 };

interface Temporalities {
  readonly DELTA: AggregationTemporality.DELTA;
  readonly CUMULATIVE: AggregationTemporality.CUMULATIVE;
}
export const TEMPORALITY: Temporalities = { DELTA: 0, CUMULATIVE: 1 };

interface AggregationTypes {
  readonly DEFAULT: AggregationType.DEFAULT;
  readonly DROP: AggregationType.DROP;
  readonly SUM: AggregationType.SUM;
  readonly LAST_VALUE: AggregationType.LAST_VALUE;
  readonly EXPLICIT_BUCKET_HISTOGRAM: AggregationType.EXPLICIT_BUCKET_HISTOGRAM;
  readonly EXPONENTIAL_HISTOGRAM: AggregationType.EXPONENTIAL_HISTOGRAM;
}
export const AGGREGATION_TYPE: AggregationTypes = {
  DEFAULT: 0,
  DROP: 1,
  SUM: 2,
  LAST_VALUE: 3,
  EXPLICIT_BUCKET_HISTOGRAM: 4,
  EXPONENTIAL_HISTOGRAM: 5,
};
