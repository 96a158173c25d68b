export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { start } = await import('meterbridge');
  const { shop } = await import('./shop');
  const { ticker } = await import('meterbridge/systems/ticker');
  await start({ systems: [ticker], catalogs: [shop] });
}
