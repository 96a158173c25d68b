import { cpus } from 'node:os';

/** The work of one contender: `run(n)` repeats it n times. */
export interface Contender {
  readonly name: string;
  run(times: number): unknown;
}

/** Holds results, so that no loop is optimized away. */
export const sink: { value: unknown } = { value: undefined };

/**
 * Returns the nanoseconds of one operation of each contender: the median of rounds. The contenders take turns, so that a
 * change of the machine's speed affects all of them.
 */
export function nanoseconds(contenders: readonly Contender[], times: number, rounds = 11): Map<string, number> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (const { run } of contenders) sink.value = run(times);
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contenders) {
      const start = process.hrtime.bigint();
      sink.value = run(times);
      samples.get(name)?.push(Number(process.hrtime.bigint() - start) / times);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Prints a table: a row for each case, a column for each contender, and the ratio of each other contender to meterbridge. */
export function printTable(title: string, unit: string, rows: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  const names = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))];
  console.log(`\n### ${title} (${unit})\n`);
  console.log(`| | ${names.join(' | ')} |`);
  console.log(`|---|${names.map(() => '---:').join('|')}|`);
  for (const [label, row] of rows) {
    const own = row.get('meterbridge') ?? Number.NaN;
    const cells = names.map((name) => {
      const value = row.get(name);
      if (value === undefined) return '–';
      const shown = value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
      return name === 'meterbridge' || Number.isNaN(own) ? shown : `${shown} (${(value / own).toFixed(1)}x)`;
    });
    console.log(`| ${label} | ${cells.join(' | ')} |`);
  }
}

export function printMachine(): void {
  const [cpu] = cpus();
  console.log(
    `Node.js ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} x ${cpu?.model ?? 'unknown'}`,
  );
}
