import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLOOR, median, printTable } from './measure';

const METRICS = 1_000;
const RULES = 1_000;
const RUNS = 5;

/** Measures `meterbridge query` from the start of the process to its end. */
export async function benchQueries(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-query-'));
  try {
    mkdirSync(join(folder, 'registry'));
    writeFileSync(join(folder, 'registry/manifest.yaml'), MANIFEST);
    writeFileSync(
      join(folder, 'registry/metrics.yaml'),
      ATTRIBUTES + Array.from({ length: METRICS }, (_, i) => metric(i)).join(''),
    );
    writeFileSync(join(folder, 'rules.yaml'), HEAD + Array.from({ length: RULES }, (_, i) => rule(i)).join(''));
    const query = ['dist/cli/main.js', 'query', join(folder, 'rules.yaml'), '--registry', folder];
    const seconds: number[] = [];
    const floor: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      seconds.push(run(query));
      floor.push(run(['-e', '0']));
    }
    const row = new Map([
      ['meterbridge', median(seconds)],
      [`${FLOOR}bare Node.js`, median(floor)],
    ]);
    printTable(`Checking ${RULES} rules against ${METRICS} metrics`, 's, median', new Map([['query', row]]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const MANIFEST = 'schema_url: https://example.com/schemas/bench/1.0.0\ndescription: Many metrics.\nstability: stable\n';
const ATTRIBUTES = `file_format: definition/2
attributes:
  - { key: channel, type: string, brief: A label., stability: stable, examples: [web] }
  - { key: region, type: string, brief: A label., stability: stable, examples: [north] }
metrics:
`;
const HEAD = 'groups:\n  - name: bench\n    rules:\n';

/** Returns a counter, a gauge or a histogram. */
function metric(i: number): string {
  const [name, instrument] = named(i);
  return `  - name: ${name}
    instrument: ${instrument}
    unit: s
    brief: A metric.
    stability: stable
    attributes:
      - { ref: channel, requirement_level: required }
      - { ref: region, requirement_level: required }
`;
}

function named(i: number): [name: string, instrument: string] {
  if (i % 3 === 0) return [`bench_${i}_total`, 'counter'];
  return i % 3 === 1 ? [`bench_${i}`, 'gauge'] : [`bench_${i}_seconds`, 'histogram'];
}

/** Returns an alert with an annotation, or a recording rule that the next rules use. */
function rule(i: number): string {
  const [name, instrument] = named(i % METRICS);
  const value = {
    counter: `sum by (channel) (rate(${name}{region=~"a|b"}[5m])) / sum by (channel) (rate(${name}[5m]))`,
    gauge: `max by (channel) (${name}) > 5 and max by (channel) (bench_4) > 0`,
    histogram: `histogram_quantile(0.99, sum by (le, channel) (rate(${name}_bucket[5m])))`,
  }[instrument];
  if (i % 2 === 0) return `      - record: rule:${i}\n        expr: |\n          ${value}\n`;
  return `      - alert: Alert${i}
        expr: |
          ${value} > 0.5 and rule:${i - 1} > 0
        for: 5m
        annotations:
          summary: '{{ $labels.channel }} is {{ $value }}'
`;
}

/** Returns the seconds that a program takes. */
function run(args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status === 2) throw new Error(stderr);
  return (performance.now() - started) / 1000;
}
