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
