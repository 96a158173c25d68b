export async function POST(request) {
  const { quantity } = await request.json();
  return new Response('', { status: typeof quantity === 'number' ? 200 : 400 });
}
