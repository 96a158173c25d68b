import { describe, expect, it } from 'vitest';
import { BucketIndex } from '../../../src/engine/aggregation/bucket-index';

describe('BucketIndex', () => {
  it.each([
    [[]],
    [[0]],
    [[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]],
    [[1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 10_000]],
    [[-5, -1, 0, 1, 5]],
    [[1e-300, 1e-5, 1.0000000001, 1.0000000002, 1e300]],
  ])('finds the first bound that is not below a value, for the bounds %j', (bounds) => {
    const index = new BucketIndex(bounds);
    const near = bounds.flatMap((bound) => [bound, bound * (1 + 1e-12), bound * (1 - 1e-12), bound / 2, bound * 2]);
    for (const value of [...near, 0, 5e-324, 1e-310, 0.1, 1, 3, 1e9, Number.MAX_VALUE]) {
      const first = bounds.findIndex((bound) => value <= bound);
      expect(index.find(value), `${value}`).toBe(first < 0 ? bounds.length : first);
    }
  });
});
