/** The value of a quantile. */
export interface QuantileValue {
  /** 0 to 1. */
  readonly quantile: number;
  readonly value: number;
}

/** The value of a summary's point: quantiles that were calculated where the measurements were made. */
export interface Summary {
  readonly count: number;
  readonly sum: number;
  /** In ascending order of the quantiles. */
  readonly quantiles: readonly QuantileValue[];
}

/** The type of the points of a summary, for which `DataPointType` of `@opentelemetry/sdk-metrics` has no member. */
export const SUMMARY_POINT = 'summary';
