import type { Sample } from './metric-family';
import { readNumber } from './numbers';
import type { Scanner } from './scanner';

/** The samples of one histogram at one time, checked as a whole (OpenMetrics 1.0, "Histogram" and "GaugeHistogram"). */
export class HistogramPoint {
  private bound = -Infinity;
  private bucketCount = 0;
  private hasNegativeBound = false;
  private isEmpty = true;
  private count: number | undefined;
  private sum: number | undefined;

  constructor(
    private readonly scanner: Scanner,
    private readonly isGauge: boolean,
    private readonly position: number,
  ) {}

  add({ name, labels, value }: Sample, position: number): void {
    if (name.endsWith('_bucket')) this.addBucket(Number(readNumber(labels.get('le') ?? '')), value, position);
    else if (name.endsWith('count')) this.count = value;
    else if (name.endsWith('sum')) this.sum = value;
  }

  private addBucket(bound: number, count: number, position: number): void {
    if (!this.isEmpty && bound <= this.bound) {
      this.scanner.fail('order', 'the buckets of a histogram must be in increasing order of le', position);
    }
    if (count < this.bucketCount) {
      this.scanner.fail('order', 'the bucket counts of a histogram must not decrease', position);
    }
    this.isEmpty = false;
    this.bound = bound;
    this.bucketCount = count;
    this.hasNegativeBound ||= bound < 0;
  }

  /** Checks that the histogram is complete and agrees with itself. */
  close(): void {
    const { count, sum, position } = this;
    const [countName, sumName] = this.isGauge ? ['_gcount', '_gsum'] : ['_count', '_sum'];
    if (this.bound !== Infinity) this.scanner.fail('missing', 'the histogram has no bucket with le="+Inf"', position);
    if ((count === undefined) !== (sum === undefined)) {
      const [absent, present] = count === undefined ? [countName, sumName] : [sumName, countName];
      this.scanner.fail('missing', `the histogram has a ${present} sample, but no ${absent} sample`, position);
    }
    if (count !== undefined && count !== this.bucketCount) {
      const reason = `the ${countName} sample of the histogram is ${count}, its +Inf bucket ${this.bucketCount}`;
      this.scanner.fail('invalid_value', reason, position);
    }
    if (sum === undefined) return;
    if (!this.isGauge && this.hasNegativeBound) {
      this.scanner.fail('invalid_value', 'a histogram with negative bounds must not have a _sum sample', position);
    }
    if (this.isGauge && sum < 0 && !this.hasNegativeBound) {
      this.scanner.fail('invalid_value', 'the _gsum sample of the histogram is negative, but no bound is', position);
    }
  }
}
