import { StringDecoder } from 'node:string_decoder';
import type { Body } from './send';

/** Returns a whole body, for callers that need it in one piece. */
export async function readBody(body: Body): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Returns a whole body of UTF-8 as text. */
export async function readText(body: Body): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const piece of body) {
    text += decoder.write(piece as Buffer);
    body.release?.(piece);
  }
  return text + decoder.end();
}
