/** A compression of a response (RFC 9110, 8.4.1), or `identity` for none. */
export type ContentEncoding = 'identity' | 'gzip' | 'br' | 'zstd';

/** The longest header that is read, in characters. A browser's has about 30. */
const MAX_CHARACTERS = 1024;

const ELEMENT = /^([^\s;]+)(?:\s*;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * Returns the compression for an `Accept-Encoding` header (RFC 9110, 12.5.3): the one with the highest q, the first of those
 * with equal q. `identity` if the header names none that is offered, or `*`.
 *
 * @param offered the compressions that the server has
 */
export function negotiateEncoding(
  acceptEncoding: string | undefined,
  offered: readonly ContentEncoding[],
): ContentEncoding {
  if (acceptEncoding === undefined || acceptEncoding.length > MAX_CHARACTERS) return 'identity';
  let best: ContentEncoding = 'identity';
  let bestWeight = 0;
  for (const element of acceptEncoding.split(',')) {
    const [, name = '', q = '1'] = ELEMENT.exec(element.trim()) ?? [];
    const encoding = name === '*' ? 'identity' : (name.toLowerCase() as ContentEncoding);
    if (Number(q) <= bestWeight || (encoding !== 'identity' && !offered.includes(encoding))) continue;
    best = encoding;
    bestWeight = Number(q);
  }
  return best;
}
