import type { GaugeMerge } from '../../catalog/definition';
import type { Aggregator } from './metric-json';

/** How a gauge of several processes is merged, by its aggregator. A value that prom-client leaves out has one series per process. */
export const MERGES: Readonly<Record<Aggregator, GaugeMerge>> = {
  sum: 'sum',
  min: 'min',
  max: 'max',
  average: 'mean',
  first: 'last',
  omit: 'process',
};

/** The aggregator of a gauge, by how it is merged. */
export const AGGREGATORS: Readonly<Record<GaugeMerge, Aggregator>> = {
  sum: 'sum',
  min: 'min',
  max: 'max',
  mean: 'average',
  last: 'first',
  process: 'omit',
};
