import { orders } from '../../../shop';

export async function GET(_request, { params }) {
  await params;
  orders.add(1);
  // Port 9 refuses connections.
  await fetch('http://127.0.0.1:9/', { cache: 'no-store' }).catch(() => {});
  return new Response('user');
}
