import { setTimeout as sleep } from 'node:timers/promises';

/** Asks for what an operator looks at, and now and then for what is not there. */
export async function drive(api: string, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    try {
      const path = ['/api/v1/metrics', '/api/v1/nodes', '/health', '/api/v1/nothing'][round % 4];
      await (await fetch(`${api}${path}`, { signal })).text();
    } catch (error) {
      if (!signal.aborted) console.error(`control-plane traffic: ${(error as Error).message}`);
    }
    await sleep(700, undefined, { signal }).catch(() => {});
  }
}
