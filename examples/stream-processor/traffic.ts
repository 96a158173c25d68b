import { setTimeout as sleep } from 'node:timers/promises';

const SENSORS = ['temp-1', 'temp-2', 'humidity-1', 'pressure-1', 'rain-1', 'noise-1', 'test-1'];

/**
 * Sends readings as sensors do: once a second each and mostly in order, but some are missing, repeated, late, out of range
 * or not valid JSON.
 */
export async function drive(api: string, signal: AbortSignal): Promise<void> {
  for (let round = 0; !signal.aborted; round++) {
    const now = Date.now();
    const events = SENSORS.flatMap((sensor, i) => {
      const n = round * SENSORS.length + i;
      // Some readings are missing, and the second sensor pauses for longer than the gap that ends a session.
      if (n % 29 === 3 || (i === 1 && round % 20 > 14)) return [];
      const value = n % 23 === 5 ? null : n % 97 === 50 ? 9999 : 20 + Math.sin(round / 10 + i) * 5;
      const time = n % 41 === 7 ? now - 1500 : n % 53 === 9 ? now - 10_000 : now + i;
      const event = JSON.stringify({ id: `${sensor}-${round}`, sensor, time, value });
      return n % 19 === 4 ? [event, event] : [event];
    });
    // A door reports only when it opens, so that each of its windows holds one event, of which no rate can be computed.
    if (round % 15 === 0) events.push(JSON.stringify({ id: `door-1-${round}`, sensor: 'door-1', time: now, value: 1 }));
    if (round % 12 === 6) events.push('{"id": "broken"');
    try {
      await fetch(`${api}/events`, { method: 'POST', signal, body: `${events.join('\n')}\n` });
      await fetch(`${api}/results`, { signal });
      if (round % 30 === 10) await fetch(`${api}/rejoin`, { method: 'POST', signal });
    } catch (error) {
      if (!signal.aborted) console.error(`stream-processor traffic: ${(error as Error).message}`);
    }
    await sleep(1000, undefined, { signal }).catch(() => {});
  }
}
