import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeShortestDecimal } from '../../../src/exposition/encode/shortest-decimal';

const bytes = Buffer.alloc(64);

/** Returns what is written for a number, or `undefined` if it is left to JavaScript. */
function write(value: number): string | undefined {
  const end = writeShortestDecimal(bytes, 3, value);
  return end < 0 ? undefined : bytes.toString('latin1', 3, end);
}

/** The doubles next to a number, which are often the hardest to tell from each other. */
const neighbour = fc.integer({ min: -2, max: 2 }).map((steps) => 1 + steps * Number.EPSILON);
const exponent = fc.integer({ min: -7, max: 16 });
const value = fc
  .oneof(
    fc.double(),
    fc.double({ min: 1e-7, max: 1e16, noNaN: true }),
    // Decimals of every length, and doubles next to them.
    fc
      .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: 1, max: 17 }), exponent, neighbour)
      .map(([digits, length, power, factor]) => Number(`${digits.toPrecision(length)}e${power}`) * factor),
    fc
      .tuple(fc.integer({ min: -22, max: 52 }), fc.nat(16), neighbour)
      .map(([power, n, factor]) => 2 ** power * (1 + n / 16) * factor),
    // Where decimals of 16 digits and doubles are equally far from each other.
    fc.tuple(exponent, neighbour).map(([power, factor]) => (2 ** 53 / 1e15) * 10 ** power * factor),
    // Sums, as those of histograms.
    fc
      .array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 20 })
      .map((all) => all.reduce((a, b) => a + b, 0)),
  )
  .chain((number) => fc.constantFrom(number, -number));

describe('writeShortestDecimal', () => {
  it('writes what JavaScript writes, or leaves the number to it', () => {
    fc.assert(
      fc.property(value, (number) => {
        expect(write(number) ?? String(number)).toBe(String(number));
      }),
      { numRuns: 20_000 },
    );
  });

  it('writes the numbers that metrics have', () => {
    const numbers = [0.1, 0.25, 1.5, 0.000123, 1e-6, 3.3000000000000003, 0.1 + 0.2, 12.000000000000002, 1732223344.123];
    for (const number of [...numbers, 5e14, 2 ** 40 + 0.5, 97.86559679037117, 9.007199254740993]) {
      expect(write(number)).toBe(String(number));
      expect(write(-number)).toBe(String(-number));
    }
  });

  it('leaves numbers to JavaScript that it writes with an exponent, with words, or with many digits before the point', () => {
    for (const number of [0, Number.NaN, Infinity, -Infinity, 5e-324, 9.9e-7, 1e15, 1e21, Number.MAX_VALUE]) {
      expect(write(number)).toBeUndefined();
    }
  });
});
