import { describe, expect, it } from 'vitest';
import { counterIncrease, histogramQuantile } from '../../src/exposition/quantile';

describe('counterIncrease', () => {
  it('counterIncrease is the difference of two readings', () => {
    expect([counterIncrease(1, 5), counterIncrease(5, 5)]).toEqual([4, 0]);
  });

  it('counterIncrease is the whole value after a reset', () => {
    expect(counterIncrease(100, 3)).toBe(3);
  });
});

describe('histogramQuantile', () => {
  // Each expected value is what `histogram_quantile` of Prometheus 2.42 returns for these buckets.
  it.each<[number, number[], number[], number]>([
    [0.5, [1, 2, 4], [0, 10, 10, 10], 1.5],
    [0.95, [1, 2, 4], [5, 10, 20, 20], 3.8],
    [0.1, [1, 2, 4], [10, 10, 10, 10], 0.1],
    [0.99, [1, 2, 4], [0, 0, 0, 10], 4],
    [1, [1, 2, 4], [1, 2, 3, 3], 4],
    [0.5, [-1, 1], [10, 10, 10], -1],
    [0.5, [-2, -1, 1], [0, 10, 10, 10], -1.5],
  ])('histogramQuantile of %d over bounds %j with counts %j is %d', (quantile, bounds, counts, expected) => {
    expect(histogramQuantile(quantile, { bounds, counts })).toBeCloseTo(expected, 10);
  });

  it('histogramQuantile is NaN without values or without a finite bound', () => {
    expect(histogramQuantile(0.5, { bounds: [1], counts: [0, 0] })).toBeNaN();
    expect(histogramQuantile(0.5, { bounds: [], counts: [5] })).toBeNaN();
    expect(histogramQuantile(0.5, { bounds: [], counts: [] })).toBeNaN();
  });
});
