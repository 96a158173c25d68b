import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { median, printTable } from './measure';
import type { ContenderName, Scrape } from './processes-app';

const CONTENDERS = ['meterbridge', 'prom-client', 'one process'] as const satisfies readonly ContenderName[];
/** How many of the 5,000 series of each worker change between two scrapes. */
const CHANGED = [5000, 500, 0] as const;
/** Processes run for long: what is compiled late must be compiled. */
const WARM_UP = 20;
const ROUNDS = 25;

const TABLES = {
  millis: ['One page of 8 processes with 5,000 series each, the median', 'ms', median],
  // Other programs only make it longer.
  block: ['The longest block of the event loop of the primary during a scrape, the shortest', 'ms', shortest],
  turn: ['The longest CPU time of the primary in one turn of its event loop during a scrape, the median', 'ms', median],
  cpu: ['CPU time of a scrape in all processes, the median', 'ms', median],
  bytes: ['Sent by all workers for a scrape, the median', 'KiB', median],
} as const;

function shortest(values: readonly number[]): number {
  return Math.min(...values);
}

/** Scrapes clusters of 8 workers with 5,000 series each in turn, and one process that has 5,000 series itself. */
export async function benchProcesses(): Promise<void> {
  const apps = new Map<ContenderName, ChildProcess>();
  for (const contender of CONTENDERS) {
    const app = fork(join(__dirname, 'processes-app.js'), { env: { ...process.env, CONTENDER: contender } });
    apps.set(contender, app);
    await once(app, 'message');
  }
  const tables = new Map(Object.keys(TABLES).map((key) => [key, new Map<string, Map<string, number>>()]));
  for (const changed of CHANGED) {
    const scrapes = new Map(CONTENDERS.map((contender) => [contender, [] as Scrape[]]));
    for (let round = 0; round < WARM_UP + ROUNDS; round++) {
      for (const [contender, app] of apps) {
        app.send({ changed });
        const [scrape] = (await once(app, 'message')) as [Scrape];
        if (round >= WARM_UP) scrapes.get(contender)?.push(scrape);
      }
    }
    for (const [key, table] of tables) {
      const read = (scrape: Scrape) => scrape[key as keyof Scrape] / (key === 'bytes' ? 1024 : 1);
      const [, , combine] = TABLES[key as keyof Scrape];
      const row = [...scrapes].map(([contender, all]) => [contender, combine(all.map(read))] as const);
      table.set(`${changed} of 5000 series changed`, new Map(row));
    }
  }
  for (const app of apps.values()) app.disconnect();
  for (const [key, [title, unit]] of Object.entries(TABLES)) {
    printTable(`${title} of ${ROUNDS}`, unit, tables.get(key) ?? new Map());
  }
}
