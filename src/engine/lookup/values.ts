/** Returns whether two attribute values are equal: lists by content, NaN to NaN, 0 to -0. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'number') return typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return listText(a) === listText(b);
}

/** Returns a text that lists have in common exactly if their contents are equal. Lengths keep neighbours apart. */
export function listText(list: object): string {
  if (list instanceof Uint8Array) return `bytes ${Buffer.from(list).toString('latin1')}`;
  if (!Array.isArray(list)) return '';
  let text = 'list ';
  for (const each of list) {
    const own = Object.is(each, -0) ? '0' : String(each);
    text += `${each === null ? 'null' : typeof each} ${own.length} ${own}`;
  }
  return text;
}
