const PRIME = 0x01000193;

/** Returns a signed 32-bit integer that depends on a seed and on all characters of a text. */
export function hashText(seed: number, text: string): number {
  const { length } = text;
  let hash = seed;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return Math.imul(hash ^ length, PRIME);
}
