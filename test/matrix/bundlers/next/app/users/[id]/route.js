import { orders } from '../../../shop';

export async function GET(_request, { params }) {
  await params;
  orders.add(1);
  await fetch(`http://127.0.0.1:${process.env.PORT}/nothing`, { cache: 'no-store' });
  return new Response('user');
}
