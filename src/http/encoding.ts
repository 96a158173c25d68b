/** A content coding of HTTP (RFC 9110, 8.4.1). */
export type Encoding = 'identity' | 'gzip' | 'br' | 'zstd';

/** The longest header that is read, in characters. A scraper sends some 20. */
const MAX_CHARACTERS = 4096;

/**
 * Chooses the content coding for an `Accept-Encoding` header (RFC 9110, 12.5.3): of the codings with the highest q, the
 * first that is offered; `identity` when none is.
 */
export function negotiateEncoding(acceptEncoding: string | undefined, offered: readonly Encoding[]): Encoding {
  if (acceptEncoding === undefined || acceptEncoding.length > MAX_CHARACTERS) return 'identity';
  let best: Encoding = 'identity';
  let bestWeight = 0;
  for (const element of acceptEncoding.split(',')) {
    const [coding = '', ...parameters] = element.split(';').map((part) => part.trim().toLowerCase());
    const encoding = coding === '*' || coding === 'identity' ? 'identity' : offered.find((each) => each === coding);
    const weight = weightOf(parameters);
    if (encoding === undefined || weight <= bestWeight) continue;
    best = encoding;
    bestWeight = weight;
  }
  return best;
}

/** Returns the q of an element; 1 without one, 0 for one that RFC 9110 does not allow. */
function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  if (q === undefined) return 1;
  return /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(q) ? Number(q) : 0;
}
