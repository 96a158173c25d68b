import { describe, expect, it } from 'vitest';
import { CatalogError, exponentialBuckets, linearBuckets } from '../../src/instruments';

function issues(create: () => unknown): string[] {
  try {
    create();
  } catch (error) {
    return (error as CatalogError).issues.map(({ code, path }) => `${code} ${path}`);
  }
  return [];
}

describe('bucket generators', () => {
  it('linearBuckets returns bounds of equal width without the error of binary fractions', () => {
    expect(linearBuckets(0.1, 0.1, 3)).toEqual([0.1, 0.2, 0.3]);
    expect(linearBuckets(-10, 5, 4)).toEqual([-10, -5, 0, 5]);
  });

  it('exponentialBuckets returns bounds of equal ratio without the error of binary fractions', () => {
    expect(exponentialBuckets(0.001, 10, 4)).toEqual([0.001, 0.01, 0.1, 1]);
    expect(exponentialBuckets(0.001, 2, 15).at(-1)).toBe(16.384);
  });

  it('bucket generators refuse arguments that give no ascending, finite bounds, and list all of them', () => {
    expect(issues(() => linearBuckets(Number.NaN, 0, 0))).toEqual([
      'invalid_value linearBuckets.start',
      'invalid_value linearBuckets.width',
      'invalid_value linearBuckets.count',
    ]);
    expect(issues(() => exponentialBuckets(0, 1, 1.5))).toEqual([
      'invalid_value exponentialBuckets.start',
      'invalid_value exponentialBuckets.factor',
      'invalid_value exponentialBuckets.count',
    ]);
    expect(issues(() => exponentialBuckets(1, 10, 1000))).toEqual(['invalid_value exponentialBuckets.count']);
    expect(() => linearBuckets(1, 1, -1)).toThrow(CatalogError);
  });
});
