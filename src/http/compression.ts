import type { ServerResponse } from 'node:http';
import type { Transform, Writable } from 'node:stream';
import zlib from 'node:zlib';
import { type ContentEncoding, negotiateEncoding } from './content-encoding';

/** Undefined before Node.js 22.15. */
const { createZstdCompress } = zlib as { createZstdCompress?: () => Transform };

/** The fastest level of each: a body is read once and compressed for every client. */
const COMPRESSORS: ReadonlyMap<ContentEncoding, () => Transform> = new Map<ContentEncoding, () => Transform>([
  ['gzip', () => zlib.createGzip({ level: zlib.constants.Z_BEST_SPEED })],
  ['br', () => zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ...(createZstdCompress === undefined ? [] : ([['zstd', () => createZstdCompress()]] as const)),
]);
const ENCODINGS = [...COMPRESSORS.keys()];

/** Returns the best encoding that the client accepts and this version of Node.js has. */
export function chooseEncoding(acceptEncoding: string | undefined): ContentEncoding {
  return negotiateEncoding(acceptEncoding, ENCODINGS);
}

/** Returns a stream that compresses into the response, or the response itself for `identity`. */
export function compressInto(response: ServerResponse, encoding: ContentEncoding): Writable {
  const compressor = COMPRESSORS.get(encoding)?.();
  if (compressor === undefined) return response;
  compressor.on('error', () => response.destroy());
  response.once('close', () => compressor.destroy());
  compressor.pipe(response);
  return compressor;
}
