/** A double, and the same bytes as two halves, for reading exponent and fraction. */
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
double[0] = 1;
const HIGH = halves[1] !== 0 ? 1 : 0;
const LOW = 1 - HIGH;

const FRACTION_BITS = 20;
const FRACTION_MASK = (1 << FRACTION_BITS) - 1;
const EXPONENT_BIAS = 1023;
const MIN_EXPONENT = -1022;
const MAX_EXPONENT = 1023;
const MIN_NORMAL = 2 ** MIN_EXPONENT;

/** The high half of a double from 1 to 2, but for its fraction. */
const ONE = EXPONENT_BIAS << FRACTION_BITS;
/** Up to this scale, a table takes half the time of a logarithm. */
const MAX_TABLE_SCALE = 8;

/**
 * A resolution: bucket `i` covers `(base^i, base^(i+1)]` with `base = 2^(2^-scale)` (OpenTelemetry specification, Metrics
 * Data Model, ExponentialHistogram). Values below the smallest normal double are counted with it.
 */
export class ExponentialScale {
  private static readonly scales = new Map<number, ExponentialScale>();
  private readonly factor: number;
  private readonly minIndex: number;
  private readonly maxIndex: number;
  /** The bounds of the buckets between 1 and 2. */
  private readonly bounds: Float64Array | undefined;
  /** For each of as many equal parts of the range from 1 to 2, the bucket of its lower end. */
  private readonly first: Uint16Array | undefined;

  private constructor(readonly scale: number) {
    this.factor = Math.LOG2E * 2 ** scale;
    this.minIndex = scale > 0 ? (MIN_EXPONENT << scale) - 1 : (MIN_EXPONENT - 1) >> -scale;
    this.maxIndex = scale > 0 ? ((MAX_EXPONENT + 1) << scale) - 1 : MAX_EXPONENT >> -scale;
    if (scale <= 0 || scale > MAX_TABLE_SCALE) return;
    const parts = 2 ** scale;
    this.bounds = Float64Array.from({ length: parts + 1 }, (_, i) => 2 ** (i / parts));
    this.first = Uint16Array.from({ length: parts }, (_, i) => Math.floor(Math.log2(1 + i / parts) * parts));
  }

  static get(scale: number): ExponentialScale {
    let found = ExponentialScale.scales.get(scale);
    if (found === undefined) {
      found = new ExponentialScale(scale);
      ExponentialScale.scales.set(scale, found);
    }
    return found;
  }

  /**
   * Returns the index of the bucket that holds a value.
   *
   * @param value above 0 and finite
   */
  index(value: number): number {
    if (value <= MIN_NORMAL) return this.minIndex;
    double[0] = value;
    const high = halves[HIGH] as number;
    const exponent = (high >>> FRACTION_BITS) - EXPONENT_BIAS;
    const { scale, bounds, first } = this;
    // A power of two is the upper bound of its bucket, where a logarithm can be rounded to either side.
    const isPowerOfTwo = halves[LOW] === 0 && (high & FRACTION_MASK) === 0;
    if (scale <= 0) return (isPowerOfTwo ? exponent - 1 : exponent) >> -scale;
    if (isPowerOfTwo) return (exponent << scale) - 1;
    if (bounds === undefined || first === undefined) {
      return Math.min(Math.floor(Math.log(value) * this.factor), this.maxIndex);
    }
    const fraction = high & FRACTION_MASK;
    halves[HIGH] = fraction | ONE;
    const significand = double[0];
    let bucket = first[fraction >>> (FRACTION_BITS - scale)] as number;
    while (significand > (bounds[bucket + 1] as number)) bucket++;
    return (exponent << scale) + bucket;
  }
}

const FIRST_CAPACITY = 8;

/** Counts by bucket index, for the positive or the negative values of one series. */
export class ExponentialBuckets {
  /** The lowest and the highest index that has a count. `low > high` if there is none. */
  low = 0;
  high = -1;
  // A ring: the count of an index is at its remainder, so that the range grows in either direction without moving.
  private ring = new Float64Array(FIRST_CAPACITY);

  get isEmpty(): boolean {
    return this.high < this.low;
  }

  /** Counts a value whose index is between {@link low} and {@link high}. */
  increment(index: number): void {
    const { ring } = this;
    (ring[index & (ring.length - 1)] as number)++;
  }

  /** Adds to a count. The caller keeps the range within its maximum size. */
  add(index: number, count: number): void {
    if (index < this.low || index > this.high) this.include(index);
    const { ring } = this;
    (ring[index & (ring.length - 1)] as number) += count;
  }

  /** Returns the counts from {@link low} to {@link high}. */
  counts(): number[] {
    const { low, high, ring } = this;
    const counts: number[] = [];
    for (let i = low; i <= high; i++) counts.push(ring[i & (ring.length - 1)] as number);
    return counts;
  }

  /** Merges each 2^change neighbours into one. */
  downscale(change: number): void {
    if (this.isEmpty || change === 0) return;
    const { low } = this;
    const counts = this.counts();
    this.clear();
    counts.forEach((count, i) => {
      this.add((low + i) >> change, count);
    });
  }

  clear(): void {
    this.ring.fill(0);
    this.low = 0;
    this.high = -1;
  }

  private include(index: number): void {
    if (this.isEmpty) {
      this.low = index;
      this.high = index;
      return;
    }
    const low = Math.min(this.low, index);
    const high = Math.max(this.high, index);
    let capacity = this.ring.length;
    while (capacity <= high - low) capacity *= 2;
    if (capacity > this.ring.length) {
      const counts = this.counts();
      this.ring = new Float64Array(capacity);
      counts.forEach((count, i) => {
        this.ring[(this.low + i) & (capacity - 1)] = count;
      });
    }
    this.low = low;
    this.high = high;
  }
}

/** Returns by how much a scale has to shrink until the range from low to high has at most `maxSize` buckets. */
export function scaleChange(low: number, high: number, maxSize: number): number {
  let change = 0;
  while ((high >> change) - (low >> change) >= maxSize) change++;
  return change;
}
