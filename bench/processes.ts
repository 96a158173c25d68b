import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { printTable } from './measure';

const CONTENDERS = ['meterbridge', 'prom-client'] as const;
/** How many of the 5,000 series of each worker change between two scrapes. */
const CHANGED = [5000, 500, 0] as const;

/** Scrapes a cluster of 8 workers with 5,000 series each. */
export async function benchProcesses(): Promise<void> {
  const tables = { millis: new Map(), block: new Map(), bytes: new Map() };
  for (const changed of CHANGED) {
    const row = `${changed} of 5000 series changed`;
    for (const table of Object.values(tables)) table.set(row, new Map());
    for (const contender of CONTENDERS) {
      const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'processes-app.js')], {
        env: { ...process.env, RUN: JSON.stringify({ contender, changed }) },
      });
      const measured = JSON.parse(stdout) as { millis: number; block: number; bytes: number; lines: number };
      if (measured.lines !== 5000) throw new Error(`${contender} served ${measured.lines} series instead of 5000`);
      tables.millis.get(row).set(contender, measured.millis);
      tables.block.get(row).set(contender, measured.block);
      tables.bytes.get(row).set(contender, measured.bytes / 1024);
    }
  }
  printTable('One page of 8 processes with 5,000 series each', 'ms', tables.millis);
  printTable('The longest block of the event loop of the primary during a scrape', 'ms', tables.block);
  printTable('Sent by all workers for a scrape', 'KiB', tables.bytes);
}
