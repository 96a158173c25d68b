import { setTimeout as sleep } from 'node:timers/promises';

const PLANS = ['free', 'team', 'enterprise'];
const PRODUCTS = ['book', 'lamp', 'chair', 'desk'];

/** Appends events a few times a second, some of them malformed, and now and then makes a worker crash, leave and join. */
export async function drive(api: string, signal: AbortSignal): Promise<void> {
  const call = (method: string, path: string, body?: object) =>
    fetch(api + path, {
      method,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  for (let round = 0; !signal.aborted; round++) {
    try {
      const events = Array.from({ length: 5 }, (_, i) => {
        const n = round * 5 + i;
        if (n % 37 === 17) return { stream: `user-${n}`, type: 'UserRegistered', data: {} };
        if (n % 3 === 0)
          return { stream: `user-${n}`, type: 'UserRegistered', data: { plan: PLANS[n % PLANS.length] } };
        return {
          stream: `order-${n}`,
          type: 'OrderPlaced',
          data: { product: PRODUCTS[n % PRODUCTS.length], quantity: (n % 4) + 1 },
        };
      });
      await call('POST', '/events', events);
      const workers = (await (await call('GET', '/workers')).json()) as { id: string }[];
      const [first] = workers;
      if (first !== undefined && round % 120 === 60) await call('DELETE', `/workers/${first.id}?crash`);
      if (first !== undefined && round % 120 === 90) await call('DELETE', `/workers/${first.id}`);
      if (round % 120 === 100) await call('POST', '/workers');
      await call('GET', '/projections/user_projection');
    } catch (error) {
      if (!signal.aborted) console.error(`orchestrator traffic: ${(error as Error).message}`);
    }
    await sleep(400, undefined, { signal }).catch(() => {});
  }
}
