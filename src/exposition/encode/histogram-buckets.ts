/** The buckets of a histogram with given boundaries, as they are served. */
export interface BucketLayout {
  /** Upper bounds, strictly ascending; the last is `Infinity`. */
  readonly bounds: readonly number[];
  /** For each bound, the index of the last count below or at it. */
  readonly lastCount: readonly number[];
}

const layouts = new WeakMap<readonly number[], BucketLayout | 'invalid'>();

/**
 * Returns the buckets for the boundaries of a histogram. A boundary that repeats is one bucket, because two lines with one
 * `le` make a page invalid.
 *
 * @returns `undefined` if the boundaries are not ascending numbers
 */
export function bucketLayout(boundaries: readonly number[]): BucketLayout | undefined {
  let layout = layouts.get(boundaries);
  if (layout === undefined) {
    layout = createLayout(boundaries) ?? 'invalid';
    layouts.set(boundaries, layout);
  }
  return layout === 'invalid' ? undefined : layout;
}

function createLayout(boundaries: readonly number[]): BucketLayout | undefined {
  const bounds: number[] = [];
  const lastCount: number[] = [];
  for (const [i, bound] of [...boundaries, Infinity].entries()) {
    const previous = bounds.at(-1);
    if (typeof bound !== 'number' || Number.isNaN(bound) || (previous !== undefined && bound < previous))
      return undefined;
    if (bound === previous) lastCount[lastCount.length - 1] = i;
    else {
      bounds.push(bound);
      lastCount.push(i);
    }
  }
  return { bounds, lastCount };
}

/** Writes the cumulative counts of a histogram's buckets to `into`. Returns the count of the last one, which has them all. */
export function cumulate({ lastCount }: BucketLayout, counts: readonly number[], into: number[]): number {
  let total = 0;
  let next = 0;
  for (let i = 0; i < lastCount.length; i++) {
    const last = lastCount[i] as number;
    while (next <= last) total += counts[next++] ?? 0;
    into[i] = total;
  }
  if (into.length !== lastCount.length) into.length = lastCount.length;
  return total;
}
