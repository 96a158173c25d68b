import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** The work of a worker, one step per tick. A step gets the result of the previous one. */
export type Blueprint = (before: Buffer, step: number) => Buffer;

/** The blueprints by name. */
export const BLUEPRINTS: ReadonlyMap<string, Blueprint> = new Map<string, Blueprint>([
  ['hash', (before) => createHash('sha256').update(before).digest()],
  ['compress', (before, step) => gzipSync(Buffer.concat([before.subarray(0, 4096), Buffer.from(`step ${step}\n`)]))],
  [
    'parse',
    (before, step) => {
      // Every third step returns truncated text, which the next one cannot parse: the worker fails.
      const text = step > 0 ? before.toString() : '{"sum":0}';
      const { sum } = JSON.parse(text) as { sum: number };
      const next = JSON.stringify({ sum: sum + step });
      return Buffer.from(step % 3 === 2 ? next.slice(0, -1) : next);
    },
  ],
]);
