import { setTimeout as sleep } from 'node:timers/promises';

/** Sends requests to the API, a few a second, until the signal aborts. */
export async function drive(api: string, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    try {
      await act(api, round, signal);
    } catch (error) {
      if (!signal.aborted) console.error(`ticker traffic: ${(error as Error).message}`);
    }
    await sleep(500, undefined, { signal }).catch(() => {});
  }
}

const BLUEPRINTS = ['hash', 'compress', 'sum', 'hash'];
/** Uploaded lines, one of which a client has cut. */
const LINES = ['{"amount": 4}', '{"amount": 2.5}', '{"amount": 1'];

async function act(api: string, round: number, signal: AbortSignal): Promise<void> {
  const call = async (method: string, path: string, body?: object, token = 'dagda') => {
    const response = await fetch(api + path, {
      method,
      signal,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : undefined;
  };

  const shard = `shard-${round % 2}`;
  if (round % 2 === 0) {
    const blueprint = BLUEPRINTS[(round / 2) % BLUEPRINTS.length];
    const { id } = await call('POST', `/shards/${shard}/workers`, {
      blueprint,
      steps: 5 + (round % 11),
      input: round % 16 === 4 ? LINES : LINES.slice(0, 2),
    });
    if (round % 6 === 2) await call('POST', `/workers/${id}/pause`);
    if (round % 12 === 2) await call('POST', `/workers/${id}/resume`);
    if (round % 10 === 4) await call('POST', `/workers/${id}/stop`);
  } else {
    await call('GET', `/shards/${shard}`);
  }
  // A shard that is created and deleted, requests without the token, invalid requests, and unknown paths.
  if (round % 20 === 5) await call('POST', '/shards', { id: 'visitor' });
  if (round % 20 === 6) await call('POST', '/shards/visitor/workers', { blueprint: 'hash', steps: 100 });
  if (round % 20 === 15) await call('DELETE', '/shards/visitor');
  if (round % 7 === 3) await call('POST', `/shards/${shard}/workers`, { blueprint: 'hash' }, 'guess');
  if (round % 9 === 4) await call('POST', `/shards/${shard}/workers`, { blueprint: 'no such work' });
  if (round % 8 === 6) await call('GET', `/nothing/here/${round}`);
}
