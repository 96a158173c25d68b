import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/**
 * The work of a worker, one step per tick. A step gets the result of the previous one and a line of the worker's input. Throws
 * for a line that it cannot use: the worker fails.
 */
export type Blueprint = (before: Buffer, line: string) => Buffer;

/** The blueprints by name. */
export const BLUEPRINTS: ReadonlyMap<string, Blueprint> = new Map<string, Blueprint>([
  ['hash', (before, line) => createHash('sha256').update(before).update(line).digest()],
  ['compress', (before, line) => gzipSync(Buffer.concat([before.subarray(0, 4096), Buffer.from(`${line}\n`)]))],
  [
    'sum',
    (before, line) => {
      const { amount } = JSON.parse(line) as { amount?: unknown };
      if (typeof amount !== 'number') throw new TypeError('invalid line: expected a number amount');
      return Buffer.from(String(Number(before.toString()) + amount));
    },
  ],
]);
