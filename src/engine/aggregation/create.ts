import type { Aggregation, AggregationSpec } from './aggregation';
import { exponentialHistogramAggregation } from './exponential-histogram';
import { histogramAggregation } from './histogram';
import { lastValueAggregation } from './last-value';
import { sumAggregation } from './sum';

/** Returns the aggregation of a spec; each stream needs one of its own. `T` is known to the aggregation alone. */
export function createAggregation(spec: Exclude<AggregationSpec, { kind: 'drop' }>): Aggregation<unknown> {
  switch (spec.kind) {
    case 'sum':
      return sumAggregation(spec.isMonotonic) as Aggregation<unknown>;
    case 'last-value':
      return lastValueAggregation as Aggregation<unknown>;
    case 'histogram':
      return histogramAggregation(spec) as Aggregation<unknown>;
    case 'exponential-histogram':
      return exponentialHistogramAggregation(spec) as Aggregation<unknown>;
  }
}
