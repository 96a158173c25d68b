import type { Interval } from './interval';
import type { LabelState } from './labels';

/** A metric that queries can refer to. */
export interface Metric {
  readonly name: string;
  readonly instrument: 'counter' | 'gauge' | 'histogram';
  /** The unit of the registry, in UCUM; undefined for a metric of Prometheus itself. */
  readonly unit: string | undefined;
  readonly labels: ReadonlyMap<string, LabelState>;
  /** The upper bounds of the buckets; undefined if they are not known. */
  readonly buckets?: readonly number[] | undefined;
  readonly range?: Interval | undefined;
  /** The aggregation of queries, if every instance exports the same value. */
  readonly aggregate?: string | undefined;
}
