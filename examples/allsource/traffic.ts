import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const ACCOUNTS = ['alice', 'bob', 'carol', 'dave'];

/** Sends events and queries a few times a second, and triggers compactions, replays and snapshots now and then. */
export async function drive(api: string, signal: AbortSignal): Promise<void> {
  const call = (method: string, path: string, body?: object) =>
    fetch(`${api}/api/v1${path}`, {
      method,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  const send = (event_type: string, entity_id: string | undefined, payload: object) =>
    call('POST', '/events', { event_type, entity_id, payload });
  await call('PUT', '/schemas/user.created', {
    type: 'object',
    properties: { name: { type: 'string' } },
    required: ['name'],
  }).catch(() => {});
  await call('POST', '/pipelines', {
    name: 'large',
    event_type: 'account.credited',
    field: 'amount',
    at_least: 90,
  }).catch(() => {});
  let subscriber: WebSocket | undefined;
  signal.addEventListener('abort', () => subscriber?.terminate());

  for (let round = 0; !signal.aborted; round++) {
    try {
      if (round % 40 === 0) subscriber?.close();
      if (round % 40 === 1) {
        subscriber = new WebSocket(`${api.replace('http', 'ws')}/api/v1/stream`);
        subscriber.on('error', () => {});
      }
      const account = ACCOUNTS[round % ACCOUNTS.length];
      await send('account.credited', account, { amount: (round * 7) % 100 });
      await send('account.debited', account, round % 31 === 11 ? {} : { amount: (round * 3) % 50 });
      await send('user.created', account, round % 10 === 4 ? {} : { name: account });
      await call('GET', `/events?entity_id=${account}&limit=20`);
      if (round % 5 === 2) await call('GET', '/events?event_type=user.created&limit=20');
      if (round % 20 === 7) await call('POST', '/projections/balances/replay');
      if (round % 25 === 9) await call('POST', `/snapshots/${account}`);
      if (round % 60 === 50) await call('POST', '/compaction');
      if (round % 15 === 3) subscriber?.send('this is not JSON');
      if (round % 17 === 5) await call('GET', '/nothing/here');
    } catch (error) {
      if (!signal.aborted) console.error(`allsource traffic: ${(error as Error).message}`);
    }
    await sleep(300, undefined, { signal }).catch(() => {});
  }
}
