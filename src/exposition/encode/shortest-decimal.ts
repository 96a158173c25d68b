import { countDigits, writeDigits } from './digits';

/** The number of decimals that {@link writeShort} writes at most, and what it multiplies by to have none. */
const SHORT_DECIMALS = 6;
const SHORT_SCALE = 10 ** SHORT_DECIMALS;
/** The upper end of what {@link writeShort} writes. */
const MAX_SHORT = 1e9;

/** The range of the numbers that {@link writeShortestDecimal} writes. JavaScript writes them without an exponent. */
const MIN = 1e-6;
const MAX = 1e15;
/** Digits are written in two parts, of which the lower one has so many. */
const LOW_DIGITS = 8;
const LOW = 10 ** LOW_DIGITS;
/** The powers of ten that are doubles exactly, each as the sum of two numbers with half of its bits. */
const POWERS = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const HIGH_HALVES = POWERS.map(highHalf);
const LOW_HALVES = POWERS.map((power) => power - highHalf(power));

/** 0.1, 0.01 and so on. No other double is between each of them and the decimal. */
const FRACTIONS = Float64Array.from({ length: 6 }, (_, zeros) => Number(`1e-${zeros + 1}`));

const MINUS = 45;
const POINT = 46;
const ZERO = 48;

/**
 * Writes a number as JavaScript does, in half the time: with the fewest digits that are read as the same double, and of those the
 * nearest ones. Returns the position behind it, or -1 if only JavaScript can write it.
 *
 * A decimal of 15 digits that is read as the number is the only one. If there is none, the nearest decimal of 16 digits is read as
 * the number or none is, and the nearest one of 17 digits always is. Which decimal is the nearest follows from the exact product of
 * the number and a power of ten (T. J. Dekker: A floating-point technique for extending the available precision, 1971).
 */
export function writeShortestDecimal(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    bytes[at] = MINUS;
    return writeShortestDecimal(bytes, at + 1, -value);
  }
  if (isShort(value)) return writeShort(bytes, at, value);
  if (!(value >= MIN && value < MAX)) return -1;
  const whole = countWholeDigits(value);
  const power = POWERS[15 - whole] as number;
  const digits = Math.round(value * power);
  if (digits / power === value) return writeParts(bytes, at, whole, 15, digits, 0);
  for (let count = 16; count <= 17; count++) {
    const power = POWERS[count - whole] as number;
    const product = value * power;
    const below = Math.floor(product);
    const rest = product - below + productError(value, count - whole, product);
    const carry = Math.round(rest);
    // Two decimals are equally near.
    if (Math.abs(rest - carry) === 0.5) return -1;
    // From 2^53 on, doubles of the size of the number are farther from each other than decimals of 16 digits.
    const isRead = count === 17 || product > Number.MAX_SAFE_INTEGER || (below + carry) / power === value;
    if (isRead) return writeParts(bytes, at, whole, count, below, carry);
    // Another decimal may be read as the number.
    if (isPowerOfTwo(value)) return -1;
  }
  return -1;
}

/** Returns whether a number is below 1e9 and has at most six decimals, as most that an app records. */
function isShort(value: number): boolean {
  return value > 0 && value < MAX_SHORT && Math.round(value * SHORT_SCALE) / SHORT_SCALE === value;
}

/** Writes a short decimal in half the time of others. Returns the position behind it. */
function writeShort(bytes: Uint8Array, at: number, value: number): number {
  const scaled = Math.round(value * SHORT_SCALE);
  const whole = Math.floor(scaled / SHORT_SCALE);
  let fraction = (scaled - whole * SHORT_SCALE) | 0;
  const point = writeDigits(bytes, at, whole, countDigits(whole));
  if (fraction === 0) return point;
  let digits = SHORT_DECIMALS;
  for (let tens = (fraction / 10) | 0; tens * 10 === fraction; tens = (fraction / 10) | 0) {
    fraction = tens;
    digits--;
  }
  bytes[point] = POINT;
  return writeDigits(bytes, point + 1, fraction, digits);
}

/** Returns the number of digits before the point, less the number of zeros behind the point of a number below 0.1. */
function countWholeDigits(value: number): number {
  let count = 0;
  if (value >= 1) for (let bound = 1; value >= bound; bound *= 10) count++;
  else while (value < (FRACTIONS[-count] as number)) count--;
  return count;
}

/** Returns the difference between the exact product of a number and a power of ten, and its rounded product. */
function productError(value: number, exponent: number, product: number): number {
  const high = highHalf(value);
  const low = value - high;
  const powerHigh = HIGH_HALVES[exponent] as number;
  const powerLow = LOW_HALVES[exponent] as number;
  return high * powerHigh - product + high * powerLow + low * powerHigh + low * powerLow;
}

function highHalf(value: number): number {
  const scaled = 134_217_729 * value;
  return scaled - (scaled - value);
}

/** Returns whether the next lower double is nearer than the next higher one. */
function isPowerOfTwo(value: number): boolean {
  const step = value * 2 ** -53;
  return value - (value - step) === step;
}

/**
 * Writes a number of digits, of which some are before the point, without zeros at the end. Returns the position behind them.
 *
 * @param below the digits as an integer, less the carry
 */
function writeParts(bytes: Uint8Array, at: number, whole: number, count: number, below: number, carry: number): number {
  let high = Math.floor(below / LOW);
  let low = below - high * LOW + carry;
  if (low < 0) {
    high--;
    low += LOW;
  } else if (low >= LOW) {
    high++;
    low -= LOW;
  }
  // The digits are written behind the place of the point, and those before it are moved.
  const digitsAt = whole > 0 ? at + 1 : at + 2 - whole;
  let end = writeDigits(bytes, digitsAt, high, count - LOW_DIGITS);
  end = writeDigits(bytes, end, low, LOW_DIGITS);
  if (whole > 0) {
    for (let i = 0; i < whole; i++) bytes[at + i] = bytes[digitsAt + i] as number;
    bytes[at + whole] = POINT;
  } else {
    for (let i = at; i < digitsAt; i++) bytes[i] = ZERO;
    bytes[at + 1] = POINT;
  }
  while (bytes[end - 1] === ZERO) end--;
  return bytes[end - 1] === POINT ? end - 1 : end;
}
