import { setTimeout as sleep } from 'node:timers/promises';

const PATHS = [
  '/api/v1/metrics',
  '/api/v1/dashboard/overview',
  '/api/v1/dashboard/timeseries?metric=ingestion_rate&range=15m',
  '/api/v1/dashboard/top_entities?limit=5',
  '/api/v1/nodes',
  '/api/v1/nothing',
];

/** Sends the requests of an operator's dashboard, and now and then one for a path that does not exist. */
export async function drive(api: string, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    try {
      const path = PATHS[round % PATHS.length];
      await (await fetch(`${api}${path}`, { signal })).text();
    } catch (error) {
      if (!signal.aborted) console.error(`control-plane traffic: ${(error as Error).message}`);
    }
    await sleep(700, undefined, { signal }).catch(() => {});
  }
}
