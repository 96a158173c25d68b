import { hashText, mixHash } from '../../collection/hash';
import { listText } from './values';

/** Differs in each process, so that a client cannot choose attribute values whose hashes are equal. */
const SEED = (Math.random() * 2 ** 32) | 0;

const double = new Float64Array(1);
const doubleBits = new Int32Array(double.buffer);

/** Returns the hash of a list of attribute values, a signed 32-bit integer. Lists that are equal have one hash. */
export function hashValues(
  values: readonly unknown[],
  positions: readonly number[] | undefined,
  count: number,
): number {
  let hash = SEED;
  for (let i = 0; i < count; i++) {
    const value = values[positions === undefined ? i : (positions[i] as number)];
    hash = typeof value === 'string' ? hashText(hash, value) : hashOther(hash, value);
  }
  // The multiplications carry bits upwards only; the lowest bits choose the slot.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return hash ^ (hash >>> 15);
}

function hashOther(seed: number, value: unknown): number {
  switch (typeof value) {
    case 'number':
      return hashNumber(seed, value);
    case 'boolean':
      return mixHash(seed, value ? 1 : 2);
    case 'object':
      return value === null ? mixHash(seed, 3) : hashText(seed, listText(value));
    default:
      // No attribute has such a value.
      return seed;
  }
}

/** 0 and -0 are equal, and so is every NaN. */
function hashNumber(seed: number, value: number): number {
  if ((value | 0) === value) return mixHash(seed, value | 0);
  double[0] = Number.isNaN(value) ? Number.NaN : value;
  return mixHash(mixHash(seed, doubleBits[0] as number), doubleBits[1] as number);
}
