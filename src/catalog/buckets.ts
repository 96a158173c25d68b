import { type Issue, invalidValue } from '../issues';
import { CatalogError } from './define';

/** Removes the error of binary fractions, so that `0.1 + 2 * 0.1` is served as `le="0.3"`. */
function round(bound: number): number {
  return Number(bound.toPrecision(12));
}

/**
 * Returns bucket bounds of equal width: `linearBuckets(0.1, 0.1, 3)` returns `[0.1, 0.2, 0.3]`, rounded to 12 digits.
 *
 * @param start the first bound, a finite number
 * @param width the distance between two bounds, finite and above 0
 * @param count the number of bounds, an integer of at least 1
 * @throws CatalogError for an argument out of range
 */
export function linearBuckets(start: number, width: number, count: number): number[] {
  refuseInvalid([
    isIn(start, -Infinity) || invalidValue('linearBuckets.start', start, 'a finite number'),
    isIn(width, 0) || invalidValue('linearBuckets.width', width, 'a finite number above 0'),
    isCount(count) || invalidValue('linearBuckets.count', count, 'an integer of at least 1'),
  ]);
  return Array.from({ length: count }, (_, i) => round(start + i * width));
}

/**
 * Returns bucket bounds of which each is a multiple of the one before: `exponentialBuckets(0.001, 2, 4)` returns
 * `[0.001, 0.002, 0.004, 0.008]`, rounded to 12 digits.
 *
 * @param start the first bound, finite and above 0
 * @param factor the ratio of two bounds, finite and above 1
 * @param count the number of bounds, an integer of at least 1
 * @throws CatalogError for an argument out of range, or if a bound is too large for a number
 */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  refuseInvalid([
    isIn(start, 0) || invalidValue('exponentialBuckets.start', start, 'a finite number above 0'),
    isIn(factor, 1) || invalidValue('exponentialBuckets.factor', factor, 'a finite number above 1'),
    isCount(count) || invalidValue('exponentialBuckets.count', count, 'an integer of at least 1'),
  ]);
  const last = start * factor ** (count - 1);
  if (!Number.isFinite(last)) {
    refuseInvalid([invalidValue('exponentialBuckets.count', count, 'a number of bounds that are all finite')]);
  }
  return Array.from({ length: count }, (_, i) => round(start * factor ** i));
}

function isIn(value: number, above: number): boolean {
  return Number.isFinite(value) && value > above;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

function refuseInvalid(checks: readonly (Issue | boolean)[]): void {
  const issues = checks.filter((check) => typeof check === 'object');
  if (issues.length > 0) throw new CatalogError(issues);
}
