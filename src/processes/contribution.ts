import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { CollectedPoint, Exemplar } from '../collection/points';
import type { Summary } from '../collection/summary-point';

/** The value of a point. */
export type PointValue = number | Histogram | ExponentialHistogram | Summary;

/** Returns a number, or the number of measurements of any other value. */
export function findCount(value: PointValue): number {
  return typeof value === 'number' ? value : value.count;
}

/**
 * What one process or thread contributes to a merged series: its value since the process started.
 *
 * @typeParam S the series
 */
export class Contribution<S> {
  value: PointValue | undefined;
  exemplars: readonly Exemplar[] | undefined;
  /** When the value was last seen to change, in milliseconds; -Infinity for a zero that has not changed yet. */
  changedAt = -Infinity;
  /** The number of the collection that last had the series, for the process that collects. */
  round = 0;

  constructor(
    readonly series: S,
    readonly startTime: HrTime,
    /** The reader that has collected the series, in the process that collects. Only that reader is given it. */
    readonly reader: object | undefined,
  ) {}

  set(value: PointValue, exemplars: CollectedPoint['exemplars'], now: number): void {
    const isFirstZero = this.value === undefined && value === 0;
    if (!isFirstZero && value !== this.value) this.changedAt = now;
    this.value = value;
    this.exemplars = exemplars;
  }
}
