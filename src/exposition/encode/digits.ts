/** The largest count that {@link writeDigits} writes. */
const MAX_COUNT = 999_999_999;

/** Returns whether {@link writeDigits} can write a number: whole, and from 0 to 999,999,999. -0 is written as 0, as JavaScript does. */
export function isSmallCount(value: number): boolean {
  return (value | 0) === value && value >= 0 && value <= MAX_COUNT;
}

/** Returns the number of decimal digits of a small count. */
export function countDigits(count: number): number {
  if (count < 10) return 1;
  if (count < 100) return 2;
  if (count < 1000) return 3;
  let digits = 4;
  for (let bound = 10_000; count >= bound; bound *= 10) digits++;
  return digits;
}

/** Writes a small count in decimal, with leading zeros if it has fewer digits than asked for. Returns the position behind it. */
export function writeDigits(bytes: Uint8Array, at: number, count: number, digits: number): number {
  let rest = count | 0;
  for (let place = at + digits - 1; place >= at; place--) {
    const tens = (rest / 10) | 0;
    bytes[place] = 48 + rest - tens * 10;
    rest = tens;
  }
  return at + digits;
}

/** The number of decimals that {@link writeDecimal} writes at most, and what it multiplies by to have none. */
const DECIMALS = 6;
const SCALE = 10 ** DECIMALS;
/** The upper end of what {@link writeDecimal} writes. */
const MAX_DECIMAL = 1e9;

/**
 * Returns whether {@link writeDecimal} can write a number: above 0, below 1e9, and with at most six decimals.
 *
 * A decimal number of at most 15 digits is the shortest one that is read as the same double, because different ones are read
 * as different doubles.
 */
export function isShortDecimal(value: number): boolean {
  return value > 0 && value < MAX_DECIMAL && Math.round(value * SCALE) / SCALE === value;
}

/** Writes a short decimal as JavaScript does, many times as fast. Returns the position behind it. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  const scaled = Math.round(value * SCALE);
  const whole = Math.floor(scaled / SCALE);
  let fraction = (scaled - whole * SCALE) | 0;
  const point = writeDigits(bytes, at, whole, countDigits(whole));
  if (fraction === 0) return point;
  let digits = DECIMALS;
  for (let tens = (fraction / 10) | 0; tens * 10 === fraction; tens = (fraction / 10) | 0) {
    fraction = tens;
    digits--;
  }
  bytes[point] = 46;
  return writeDigits(bytes, point + 1, fraction, digits);
}
