import { describe, expect, it } from 'vitest';
import { bucketLayout, cumulate } from '../../../src/exposition/encode/histogram-buckets';

function cumulative(boundaries: number[], counts: number[]) {
  const layout = bucketLayout(boundaries);
  if (layout === undefined) return undefined;
  const into: number[] = [9, 9, 9, 9, 9, 9, 9];
  const total = cumulate(layout, counts, into);
  return { bounds: layout.bounds, counts: into, total };
}

describe('the buckets of a histogram', () => {
  it('the buckets of a histogram are cumulative and end with the infinite one', () => {
    expect(cumulative([1, 2], [3, 0, 4])).toEqual({ bounds: [1, 2, Infinity], counts: [3, 3, 7], total: 7 });
    expect(cumulative([], [5])).toEqual({ bounds: [Infinity], counts: [5], total: 5 });
  });

  it('the buckets of a histogram are one bucket if boundaries repeat, zeros of both signs included', () => {
    expect(cumulative([1, 1, 2], [1, 2, 3, 4])).toEqual({ bounds: [1, 2, Infinity], counts: [3, 6, 10], total: 10 });
    expect(cumulative([-0, 0], [1, 2, 3])).toEqual({ bounds: [-0, Infinity], counts: [3, 6], total: 6 });
    expect(cumulative([1, Infinity], [1, 2, 3])).toEqual({ bounds: [1, Infinity], counts: [1, 6], total: 6 });
  });

  it('the buckets of a histogram do not exist for boundaries that are not ascending numbers', () => {
    expect(cumulative([2, 1], [0, 0, 0])).toBeUndefined();
    expect(cumulative([Number.NaN], [0, 0])).toBeUndefined();
    expect(cumulative(['1' as never], [0, 0])).toBeUndefined();
  });
});
