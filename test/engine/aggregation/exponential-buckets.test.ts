import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExponentialBuckets, ExponentialScale, scaleChange } from '../../../src/engine/aggregation/exponential-buckets';

describe('ExponentialScale', () => {
  it.each([20, 12, 8, 5, 1, 0, -1, -5, -10])('puts values between the bounds of their bucket at scale %i', (scale) => {
    const base = 2 ** -scale;
    fc.assert(
      fc.property(fc.double({ min: 2 ** -1000, max: 2 ** 1000, noNaN: true }), (value) => {
        const index = ExponentialScale.get(scale).index(value);
        // Bounds as logarithms, because the largest have no double. The tolerance is that of the logarithm.
        const log = Math.log2(value);
        expect(log).toBeGreaterThan(index * base - 1e-9);
        expect(log).toBeLessThanOrEqual((index + 1) * base + 1e-9);
      }),
    );
  });

  it('puts powers of two at the upper bound of their bucket, exactly', () => {
    for (const scale of [20, 8, 3, 1, 0]) {
      for (let exponent = -1021; exponent <= 1023; exponent++) {
        expect(ExponentialScale.get(scale).index(2 ** exponent)).toBe(exponent * 2 ** scale - 1);
      }
    }
  });

  it('never decreases from a value to a larger one, at any scale', () => {
    const value = fc.double({ min: 5e-324, max: Number.MAX_VALUE, noNaN: true });
    fc.assert(
      fc.property(value, value, fc.integer({ min: -10, max: 20 }), (a, b, scale) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const { index } = { index: (each: number) => ExponentialScale.get(scale).index(each) };
        expect(index(low)).toBeLessThanOrEqual(index(high));
      }),
    );
  });
});

describe('ExponentialBuckets', () => {
  it('hold what a plain map holds, also after neighbours were merged', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -80, max: 79 }), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 4 }), (given, change) => {
        const buckets = new ExponentialBuckets();
        const model = new Map<number, number>();
        for (const [index, count] of given) {
          buckets.add(index, count);
          model.set(index >> change, (model.get(index >> change) ?? 0) + count);
        }
        buckets.downscale(change);
        const held = buckets.counts().map((count, i) => [buckets.low + i, count] as const);
        expect(new Map(held.filter(([, count]) => count > 0))).toEqual(model);
        expect([held[0]?.[1], held.at(-1)?.[1]]).not.toContain(0);
      }),
    );
  });
});

describe('scaleChange', () => {
  it('returns the smallest change that fits', () => {
    expect(scaleChange(0, 159, 160)).toBe(0);
    expect(scaleChange(0, 160, 160)).toBe(1);
    expect(scaleChange(-1, 0, 2)).toBe(0);
    expect(scaleChange(-(2 ** 30), 2 ** 30, 2)).toBe(31);
  });
});
