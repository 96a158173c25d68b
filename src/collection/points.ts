import type { Attributes, HrTime } from '@opentelemetry/api';
import type {
  AggregationTemporality,
  DataPoint,
  DataPointType,
  ExponentialHistogram,
  Histogram,
  InstrumentType,
  MetricDescriptor,
} from '@opentelemetry/sdk-metrics';
import type { DEFINITION, MetricDefinition } from '../catalog/definition';
import type { SUMMARY_POINT, Summary } from './summary-point';

/**
 * A measurement kept as an example of a point, with the span in which it was made (OpenTelemetry specification, Metrics
 * SDK, Exemplar). The shape is that of `@opentelemetry/sdk-metrics`, which does not export it.
 */
export interface Exemplar {
  /** The measured value. */
  readonly value: number;
  /** When the measurement was made. */
  readonly timestamp: HrTime;
  /** The trace of the active span, in 32 hexadecimal digits; absent if no span was active. */
  readonly traceId?: string;
  /** The active span, in 16 hexadecimal digits; absent if no span was active. */
  readonly spanId?: string;
  /** Attributes of the measurement that are not attributes of the point: those that a view removed. */
  readonly filteredAttributes: Attributes;
}

/** A data point of any kind. `exemplars` is absent if there are none; the type of `@opentelemetry/sdk-metrics` has no such field. */
export interface CollectedPoint<T = number | Histogram | ExponentialHistogram | Summary> extends DataPoint<T> {
  readonly exemplars?: readonly Exemplar[];
}

/** An instrument's identity, with the catalog definition that it was created from, if any. */
export interface CollectedDescriptor extends MetricDescriptor {
  readonly type: InstrumentType;
  /** Present if the metric is documented: it is then served under exactly the definition's name. */
  readonly [DEFINITION]?: MetricDefinition;
}

/** What every point of one metric stream has in common. */
export interface CollectedMetadata {
  readonly descriptor: CollectedDescriptor;
  readonly aggregationTemporality: AggregationTemporality;
  readonly dataPointType: DataPointType | typeof SUMMARY_POINT;
  /** For sums only. */
  readonly isMonotonic?: boolean;
}
