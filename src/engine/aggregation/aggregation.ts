import type { Attributes } from '@opentelemetry/api';
import type { DataPointType } from '@opentelemetry/sdk-metrics';
import type { ExemplarReservoir } from '../exemplar-reservoir';
import type { SeriesHandle, SeriesOwner } from '../series-handle';
import type { Cells } from './cells';

/** The configuration of an aggregation, with all defaults applied. Plain data: streams with equal specs aggregate alike. */
export type AggregationSpec =
  | { readonly kind: 'drop' }
  | { readonly kind: 'sum'; readonly isMonotonic: boolean }
  | { readonly kind: 'last-value' }
  | {
      readonly kind: 'histogram';
      readonly boundaries: readonly number[];
      readonly recordMinMax: boolean;
      readonly hasSum: boolean;
    }
  | {
      readonly kind: 'exponential-histogram';
      readonly maxSize: number;
      readonly recordMinMax: boolean;
      readonly hasSum: boolean;
    };

/** The aggregation of one stream. `T` is the type of an aggregated amount, before it becomes the value of a point. */
export interface Aggregation<T> {
  readonly dataPointType: DataPointType;
  /** For sums only. */
  readonly isMonotonic?: boolean;
  createCells(size: number): Cells<T>;
  createHandle(owner: SeriesOwner, attributes: Attributes): SeriesHandle;
  /** Returns both together, and changes neither. */
  combine(earlier: T, later: T): T;
  /**
   * Returns the value of a point.
   *
   * @param reused a value that this has returned before, which may be overwritten and returned
   */
  pointValue(amount: T, reused?: unknown): unknown;
  /** Returns the value that the `get` of an instrument and of a bound series return. */
  currentValue(amount: T): unknown;
  /** Creates the reservoir that the specification names for this aggregation (Metrics SDK, Exemplar defaults). */
  createReservoir(): ExemplarReservoir;
  /** Returns the bucket to which an exemplar belongs; a later exemplar replaces an earlier one of the same bucket. */
  exemplarBucket(value: number): number;
}
