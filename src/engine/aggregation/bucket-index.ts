/** A double, and the same bytes as two halves, for reading its exponent. */
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
double[0] = 1;
/** The half that holds sign, exponent and the first bits of the fraction: the second, on big-endian machines the first. */
const HIGH = halves[1] !== 0 ? 1 : 0;
/** Keeps the exponent and two bits of the fraction: four steps for each doubling. */
const SHIFT = 18;

/**
 * Finds the bucket of a value in a few instructions, however many bounds there are: a table by the value's exponent says
 * where to start, and one or two comparisons do the rest. A linear or a binary search takes two to three times as long on
 * values that branch prediction does not help with.
 */
export class BucketIndex {
  /** The number of buckets: one for each bound, and one above the last. */
  readonly size: number;
  private readonly first: Uint16Array;
  private readonly lowest: number;

  /** @param bounds upper bounds, ascending */
  constructor(private readonly bounds: readonly number[]) {
    this.size = bounds.length + 1;
    const positive = bounds.filter((bound) => bound > 0);
    this.lowest = stepNumber(positive[0] ?? 1);
    const steps = stepNumber(positive.at(-1) ?? 1) - this.lowest + 2;
    this.first = Uint16Array.from({ length: steps }, (_, i) => this.search(0, lowestValue(this.lowest + i)));
  }

  /** Returns the first bucket whose upper bound is not below the value. */
  find(value: number): number {
    if (!(value > 0)) return this.search(0, value);
    const step = stepNumber(value) - this.lowest;
    if (step < 0) return this.search(0, value);
    const { first } = this;
    return this.search(first[step < first.length ? step : first.length - 1] as number, value);
  }

  private search(from: number, value: number): number {
    const { bounds } = this;
    let i = from;
    while (i < bounds.length && value > (bounds[i] as number)) i++;
    return i;
  }
}

function stepNumber(value: number): number {
  double[0] = value;
  return (halves[HIGH] as number) >>> SHIFT;
}

/** Returns the lowest value of a step. */
function lowestValue(step: number): number {
  halves[HIGH] = step << SHIFT;
  halves[1 - HIGH] = 0;
  return double[0] as number;
}
