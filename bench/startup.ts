import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FLOOR, median, printTable } from './measure';

const ROUNDS = 9;
const ROOT = join(__dirname, '..', '..');
const REGISTER = join(ROOT, 'dist/register.js');

const PROM = `require('prom-client').collectDefaultMetrics();`;
const STOCK = `
const { metrics } = require('@opentelemetry/api');
const { MeterProvider } = require('@opentelemetry/sdk-metrics');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus');
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new PrometheusExporter({ port: 0 })] }));
new HttpInstrumentation();
`;

/** The end of every program: when its server listens, it reports what it has used and loaded, and is killed. */
const APP = `
require('http').createServer().listen(0, '127.0.0.1', () => {
  const { user, system } = process.cpuUsage();
  const files = Object.keys(require.cache);
  const packages = files.filter((file) => file.includes('node_modules')).length;
  const used = { cpu: (user + system) / 1000, own: files.length - packages, packages };
  require('fs').writeSync(1, JSON.stringify(used));
  process.kill(process.pid, 'SIGKILL');
});`;

const BARE = 'bare Node.js';
const PRELOAD = ['--require', REGISTER, '-e', APP];
const PROGRAMS: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}[] = [
  { name: BARE, args: ['-e', APP] },
  { name: '@opentelemetry/api', args: ['-e', `require('@opentelemetry/api');${APP}`] },
  { name: 'prom-client with default metrics', args: ['-e', PROM + APP] },
  { name: 'stock SDK, Prometheus exporter and HTTP instrumentation', args: ['-e', STOCK + APP] },
  { name: 'meterbridge imported, not started', args: ['-e', `require('meterbridge');${APP}`] },
  { name: 'meterbridge preloaded, prometheus', args: PRELOAD },
  { name: 'meterbridge preloaded, prometheus, one system', args: PRELOAD, env: { METERBRIDGE_SYSTEMS: 'hodei' } },
  {
    name: 'meterbridge preloaded, otlp (http/protobuf)',
    args: PRELOAD,
    env: { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' },
  },
];

/** What a preload does, one after the other. Prints the milliseconds of CPU time that each part takes. */
const PARTS = `
const parts = [];
let last = process.cpuUsage();
const part = (name, run) => {
  const result = run();
  const { user, system } = process.cpuUsage(last);
  last = process.cpuUsage();
  parts.push([name, (user + system) / 1000]);
  return result;
};
const load = (file) => require(${JSON.stringify(join(ROOT, 'dist'))} + file);
part('worker_threads, http and cluster of Node.js', () => ['worker_threads', 'http', 'cluster'].map((name) => require(name)));
part('@opentelemetry/api', () => require('@opentelemetry/api'));
part('chunks/instruments.js', () => load('/chunks/instruments.js'));
const { startFromEnvironment } = part('sdk/start.js', () => load('/sdk/start.js'));
part('instrumentation/', () => {
  load('/instrumentation/http/measure-http.js');
  load('/instrumentation/runtime/measure-runtime.js');
  load('/instrumentation/runtime/prom-client-metrics.js');
});
part('the start itself', startFromEnvironment);
require('fs').writeSync(1, JSON.stringify(parts));
process.kill(process.pid, 'SIGKILL');
`;

interface Start {
  /** Milliseconds from the start of the process to its end, just after its server listens. */
  readonly wall: number;
  /** Milliseconds of CPU time. */
  readonly cpu: number;
  /** The files that were loaded of this package, and of others. */
  readonly own: number;
  readonly packages: number;
}

/** Runs a program. Returns what it prints as JSON, and the milliseconds from its start to its end. */
async function run<T>(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ wall: number; printed: T }> {
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<number>((resolve) => child.once('exit', () => resolve(performance.now() - start)));
  const printed = JSON.parse(await text(child.stdout)) as T;
  return { wall: await ended, printed };
}

/** Measures processes from their start to a listening server, in interleaved rounds. */
export async function benchStartUp(): Promise<void> {
  const starts = new Map<string, Start[]>(PROGRAMS.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const program of PROGRAMS) {
      const { wall, printed } = await run<Omit<Start, 'wall'>>(program.args, program.env);
      if (round > 0) starts.get(program.name)?.push({ wall, ...printed });
    }
  }
  const middle = (name: string, value: keyof Start) => median((starts.get(name) ?? []).map((each) => each[value]));
  const rows = PROGRAMS.map(({ name }) => {
    const row = new Map([
      ['ms', middle(name, 'wall')],
      ['ms added', middle(name, 'wall') - middle(BARE, 'wall')],
      ['CPU ms', middle(name, 'cpu')],
      ['CPU ms added', middle(name, 'cpu') - middle(BARE, 'cpu')],
      ['files of meterbridge', middle(name, 'own')],
      ['files of packages', middle(name, 'packages')],
      [`${FLOOR}bare Node.js, ms`, middle(BARE, 'wall')],
      [`${FLOOR}bare Node.js, CPU ms`, middle(BARE, 'cpu')],
    ]);
    return [name, row] as const;
  });
  printTable('From the start of the process to a listening server', 'medians', new Map(rows));
  await benchParts();
}

/** Measures where the time of a preload goes. */
async function benchParts(): Promise<void> {
  const parts = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    const { printed } = await run<[name: string, millis: number][]>(['-e', PARTS]);
    if (round > 0) for (const [name, millis] of printed) parts.set(name, [...(parts.get(name) ?? []), millis]);
  }
  const rows = [...parts].map(([name, millis]) => [name, new Map([['CPU ms', median(millis)]])] as const);
  printTable('Where the time of a preload for Prometheus goes', 'medians', new Map(rows));
}
