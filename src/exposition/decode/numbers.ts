/** Every number of decimal digits. No two parts can match the same digits, so that the match takes linear time. */
const DECIMAL = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:[eE]([+-]?\d+))?$/;

const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i;

/**
 * Returns the number that a value, a bound or a quantile is written as (OpenMetrics 1.0, ABNF `number`, and Go's
 * `strconv.ParseFloat` without its hexadecimal forms and underscores).
 *
 * @returns `undefined` if the text is no number, or is out of the range of a 64-bit floating point number
 */
export function readNumber(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const special = SPECIAL.exec(text);
  if (special === null) return undefined;
  const [, sign, word = ''] = special;
  if (word.toLowerCase() === 'nan') return sign === '' ? Number.NaN : undefined;
  return sign === '-' ? -Infinity : Infinity;
}

/**
 * Returns the milliseconds of a timestamp in seconds. The decimal point is moved in the text: multiplying the number by
 * 1000 would round it twice.
 *
 * @returns `undefined` if the text is no finite number
 */
export function readSeconds(text: string): number | undefined {
  const [, digits = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (digits === '') return undefined;
  const millis = Number(`${digits}e${Number(exponent) + 3}`);
  return Number.isFinite(millis) ? millis : undefined;
}

/** The digits of a 64-bit integer, without leading zeros. */
const INTEGER = /^([+-]?)0*(\d{1,19})$/;

const MAX_INT64 = 2n ** 63n - 1n;

/** Returns the milliseconds of a timestamp in milliseconds, which must be a 64-bit integer, or `undefined`. */
export function readMillis(text: string): number | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const magnitude = BigInt(digits);
  if (magnitude > (sign === '-' ? MAX_INT64 + 1n : MAX_INT64)) return undefined;
  return Number(`${sign}${digits}`);
}
