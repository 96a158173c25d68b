import { Readable } from 'node:stream';
import { parts } from '../../../../serve.mjs';

export async function GET(_request, { params }) {
  await params;
  return new Response(Readable.toWeb(Readable.from(parts())));
}
