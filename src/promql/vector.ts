import { ANY, type Interval } from './interval';
import { ANY_LABELS, type Labels } from './labels';
import type { Metric } from './metric';

/**
 * What the samples of a vector mean.
 *
 * - `counter`: totals since the start of a process, or sums of such totals.
 * - `gauge`: values that increase and decrease.
 * - `buckets`: the cumulative buckets of a classic histogram.
 * - `histogram`: samples of a native histogram.
 * - `number`: the result of a calculation.
 * - `unknown`: nothing is known, so nothing is reported.
 */
export type Kind = 'counter' | 'gauge' | 'buckets' | 'histogram' | 'number' | 'unknown';

/** The type of an expression that returns series. */
export interface VectorType {
  readonly type: 'vector';
  readonly kind: Kind;
  /** The metric that the samples come from, if it is a single one. */
  readonly metric: Metric | undefined;
  /** `buckets` and `histogram`: the samples are totals since the start, not rates. */
  readonly isTotal: boolean;
  readonly labels: Labels;
  readonly range: Interval;
  /** Whether samples can be missing because of their values, as after a comparison. */
  readonly isFiltered: boolean;
  /** The values are quantiles of a classic histogram, which its highest bucket limits. */
  readonly isQuantile: boolean;
  /** Seconds since 1970. */
  readonly isTimestamp: boolean;
}

export interface ScalarType {
  readonly type: 'scalar';
  readonly range: Interval;
  readonly isTimestamp: boolean;
}

export interface RangeType {
  readonly type: 'range';
  readonly of: VectorType;
}

/** The type of an expression. */
export type ExpressionType =
  | VectorType
  | ScalarType
  | RangeType
  | { readonly type: 'string' }
  | { readonly type: 'any' };

/** A vector of which nothing is known. */
export const UNKNOWN_VECTOR: VectorType = {
  type: 'vector',
  kind: 'unknown',
  metric: undefined,
  isTotal: false,
  labels: ANY_LABELS,
  range: ANY,
  isFiltered: true,
  isQuantile: false,
  isTimestamp: false,
};

/** Returns a vector of calculated numbers with the labels of another one. */
export function numbers(from: VectorType, range: Interval): VectorType {
  return { ...from, kind: 'number', metric: undefined, isTotal: false, range, isQuantile: false, isTimestamp: false };
}
