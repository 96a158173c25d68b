import { never } from '../../../../serve.mjs';

export async function GET(_request, { params }) {
  await params;
  await never();
}
