import type { Attributes } from '@opentelemetry/api';
import type { ExemplarStores } from './exemplars';

/** One attribute set of an asynchronous stream for one reader. */
export class ObservedSeries {
  /** The row that holds the sum or last value of one round, or the distribution of all. -1 while the set has no place. */
  row = -1;
  /** Cumulative: when the series began. */
  start = 0;
  /** Sums: the value that was reported last, from which deltas count. */
  reported = 0;
  /** The number of the collection in which it was observed last. */
  collection = 0;
  exemplars: ExemplarStores | undefined = undefined;

  /** @param attributes after views */
  constructor(readonly attributes: Attributes) {}

  begin(row: number, start: number): void {
    this.row = row;
    this.start = start;
    this.reported = 0;
  }

  end(): void {
    this.row = -1;
    this.exemplars = undefined;
  }
}
