import { cpus } from 'node:os';

/** The work of one contender: `run(n)` repeats it n times. */
export interface Contender {
  readonly name: string;
  run(times: number): unknown;
}

/** Holds results, so that no loop is optimized away. */
export const sink: { value: unknown } = { value: undefined };

/** The prefix of the column of what no contender can be faster than. */
export const FLOOR = 'floor: ';

/** How long the rounds of one row may take, in milliseconds. Three are always completed. */
const ROW_MILLIS = 4000;
const MIN_ROUNDS = 3;

/**
 * Returns the nanoseconds of CPU time of one operation of each contender: the median of rounds. The contenders take turns, so
 * that a change of the machine's speed affects all of them. Time in which other programs run does not count.
 */
export function nanoseconds(contenders: readonly Contender[], times: number, rounds = 11): Map<string, number> {
  const end = performance.now() + ROW_MILLIS;
  const samples = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (const { run } of contenders) sink.value = run(times);
  for (let round = 0; round < rounds && (round < MIN_ROUNDS || performance.now() < end); round++) {
    for (const { name, run } of contenders) {
      const start = process.cpuUsage();
      sink.value = run(times);
      const { user, system } = process.cpuUsage(start);
      samples.get(name)?.push(((user + system) * 1000) / times);
    }
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

interface Table {
  readonly title: string;
  readonly unit: string;
  /** The values of each row by column. */
  readonly rows: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const tables: Table[] = [];
const notes: string[] = [];
/** Nothing but JSON is printed with `--json`. */
const isJson = process.argv.includes('--json');

/**
 * Prints a table: a row for each case, a column for each contender, and the ratio of each other contender to meterbridge, if
 * that has a column.
 */
export function printTable(title: string, unit: string, rows: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  tables.push({
    title,
    unit,
    rows: Object.fromEntries([...rows].map(([label, row]) => [label, Object.fromEntries(row)])),
  });
  if (isJson) return;
  const names = [...new Set([...rows.values()].flatMap((row) => [...row.keys()]))];
  console.log(`\n### ${title} (${unit})\n`);
  console.log(`| | ${names.join(' | ')} |`);
  console.log(`|---|${names.map(() => '---:').join('|')}|`);
  for (const [label, row] of rows) {
    const own = row.get('meterbridge') ?? Number.NaN;
    const cells = names.map((name) => {
      const value = row.get(name);
      if (value === undefined) return '–';
      const shown = Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
      return name === 'meterbridge' || Number.isNaN(own) ? shown : `${shown} (${(value / own).toFixed(1)}x)`;
    });
    console.log(`| ${label} | ${cells.join(' | ')} |`);
  }
}

/** Prints what a reader of the tables must know. Contenders with processes of their own leave that to the one that has started them. */
export function printNote(note: string): void {
  if (notes.includes(note) || process.send !== undefined) return;
  notes.push(note);
  if (!isJson) console.log(`\n${note}`);
}

/** Describes the version of Node.js and the processor. */
export function describeMachine(): string {
  const [cpu] = cpus();
  return `Node.js ${process.version}, ${process.platform} ${process.arch}, ${cpus().length} x ${cpu?.model ?? 'unknown'}`;
}

/** Prints everything that was measured, if it is asked for as JSON. */
export function printJson(): void {
  if (isJson) console.log(JSON.stringify({ machine: describeMachine(), notes, tables }, undefined, 2));
}
