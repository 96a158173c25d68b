import { setTimeout as sleep } from 'node:timers/promises';

/** Sends the requests of tenants and of an operator, a few a second, until the signal aborts. */
export async function drive(api: string, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    try {
      await act(api, round, signal);
    } catch (error) {
      if (!signal.aborted) console.error(`hodei traffic: ${(error as Error).message}`);
    }
    await sleep(400, undefined, { signal }).catch(() => {});
  }
}

const TENANTS = ['tenant-a', 'tenant-b', 'tenant-c'];
const WORKS = [
  { kind: 'hash', text: 'meterbridge', rounds: 100_000 },
  { kind: 'words', text: 'the quick brown fox jumps over the lazy dog' },
  { kind: 'parse', text: '{"answer": 42}' },
  { kind: 'sleep', millis: 700 },
  { kind: 'parse', text: '{"answer": ' },
];

async function act(api: string, round: number, signal: AbortSignal): Promise<void> {
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(api + path, {
      method,
      signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  };

  const { id } = await call('POST', '/api/v1/jobs', {
    tenant: TENANTS[round % TENANTS.length],
    work: WORKS[round % WORKS.length],
  });
  await call('GET', `/api/v1/jobs/${id}`);
  // A burst now and then fills the queue; one of its jobs is cancelled.
  if (round % 15 === 7) {
    const burst = await Promise.all(
      Array.from({ length: 6 }, () => call('POST', '/api/v1/jobs', { tenant: 'tenant-a', work: WORKS[3] })),
    );
    await call('DELETE', `/api/v1/jobs/${burst.at(-1).id}`);
  }
  if (round % 50 === 30) {
    const [worker] = await call('GET', '/api/v1/workers');
    await call('DELETE', `/api/v1/workers/${worker.id}`);
  }
  // A dashboard follows the events for some seconds.
  if (round % 20 === 3) {
    const watching = AbortSignal.any([signal, AbortSignal.timeout(4000)]);
    fetch(`${api}/api/v1/events`, { signal: watching })
      .then((response) => response.text())
      .catch(() => {});
  }
  if (round % 11 === 5) await call('POST', '/api/v1/jobs', { tenant: 'not a tenant', work: WORKS[1] });
  if (round % 13 === 6) await call('GET', `/nothing/here/${round}`);
}
