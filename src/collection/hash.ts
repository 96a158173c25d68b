const PRIME = 0x01000193;

/** Returns a signed 32-bit integer that depends on a hash and on 32 further bits. */
export function mixHash(hash: number, bits: number): number {
  return Math.imul(hash ^ bits, PRIME);
}

/** Returns a signed 32-bit integer that depends on a seed and on all characters of a text. */
export function hashText(seed: number, text: string): number {
  const { length } = text;
  let hash = seed;
  for (let i = 0; i < length; i++) hash = mixHash(hash, text.charCodeAt(i));
  return mixHash(hash, length);
}
