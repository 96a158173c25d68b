import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FLOOR, median, printTable } from './measure';

const ROOT = join(__dirname, '..', '..');
const ROUNDS = 7;
/** How long the rounds of one example may take, in milliseconds. Three are always completed. */
const MILLIS = 8000;
const MIN_ROUNDS = 3;
/** The unit in which Linux counts processor time, in milliseconds. */
const TICK_MILLIS = 10;

interface Load {
  readonly system: string;
  /** The description of one operation. */
  readonly operation: string;
  readonly times: number;
  readonly method: string;
  readonly path: string;
  readonly body?: (i: number) => string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the example does not start the SDK itself. */
  readonly isPreloaded?: boolean;
}

const LOADS: readonly Load[] = [
  {
    system: 'allsource',
    operation: 'an event ingested',
    times: 600,
    method: 'POST',
    path: '/api/v1/events',
    body: (i) => JSON.stringify({ event_type: 'bench', entity_id: `e${i % 50}`, payload: { i } }),
  },
  { system: 'hodei', operation: 'the workers listed', times: 2000, method: 'GET', path: '/api/v1/workers' },
  {
    system: 'orchestrator',
    operation: 'the workers listed',
    times: 2000,
    method: 'GET',
    path: '/workers',
    env: { API_PORT: '0' },
  },
  { system: 'control-plane', operation: 'the nodes listed', times: 2000, method: 'GET', path: '/api/v1/nodes' },
  {
    system: 'ticker',
    operation: 'the shards listed',
    times: 2000,
    method: 'GET',
    path: '/shards',
    env: {
      API_PORT: '0',
      METERBRIDGE_SYSTEMS: 'ticker',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(20_000 + (process.pid % 10_000)),
    },
    isPreloaded: true,
  },
  {
    system: 'stream-processor',
    operation: '100 readings through the pipeline',
    times: 40,
    method: 'POST',
    path: '/events',
    body: (i) =>
      Array.from({ length: 100 }, (_, n) =>
        JSON.stringify({ id: `${Date.now()}-${i}-${n}`, sensor: `temp-${n % 10}`, time: Date.now(), value: n }),
      ).join('\n'),
    env: { API_PORT: '0', LOG_CAPACITY: '1000000' },
  },
];

interface Running {
  readonly child: ChildProcess;
  readonly api: URL;
  readonly metrics: string;
  readonly agent: Agent;
}

/** Measures operations of the example systems with metrics and without: the latency of the client and the CPU time of the server. */
export async function benchExamples(): Promise<void> {
  const rows = new Map<string, ReadonlyMap<string, number>>();
  for (const load of LOADS) rows.set(`${load.system}: ${load.operation}`, await compare(load));
  printTable('The example systems with metrics and without', 'µs, medians', rows);
}

async function compare(load: Load): Promise<ReadonlyMap<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const modes = { on: await start(load, folder, true), off: await start(load, folder, false) };
  const waits = { on: [] as number[], off: [] as number[] };
  const cpus = { on: [] as number[], off: [] as number[] };
  const end = performance.now() + MILLIS;
  for (let round = 0; round <= ROUNDS && (round <= MIN_ROUNDS || performance.now() < end); round++) {
    for (const mode of ['on', 'off'] as const) {
      const { wait, cpu } = await drive(modes[mode], load);
      if (round === 0) continue;
      waits[mode].push(wait);
      cpus[mode].push(cpu);
    }
  }
  const memory = (residentBytes(modes.on) - residentBytes(modes.off)) / 1e6;
  const scrape = await lastScrapeSeconds(modes.on);
  for (const { child } of Object.values(modes)) {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  rmSync(folder, { recursive: true, force: true });
  return new Map([
    ['latency', median(waits.on)],
    [`${FLOOR}latency without metrics`, median(waits.off)],
    ['latency added', median(waits.on) - median(waits.off)],
    ['CPU', median(cpus.on)],
    [`${FLOOR}CPU without metrics`, median(cpus.off)],
    ['CPU added', median(cpus.on) - median(cpus.off)],
    ['memory added, MB', memory],
    ['last scrape', scrape * 1e6],
  ]);
}

async function start(load: Load, folder: string, enabled: boolean): Promise<Running> {
  const preload = load.isPreloaded === true ? ['--require', join(ROOT, 'dist/register.js')] : [];
  const child = spawn(process.execPath, [...preload, join(ROOT, `examples/dist/${load.system}/main.js`)], {
    env: {
      ...process.env,
      PORT: '0',
      DATA_DIR: join(folder, enabled ? 'on' : 'off'),
      OTEL_SDK_DISABLED: String(!enabled),
      ...load.env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"ready"')) continue;
    child.stdout.resume();
    const { api, metrics } = JSON.parse(line) as { api: string; metrics: string };
    return { child, api: new URL(api), metrics, agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
  }
  throw new Error(`${load.system} ended before it served`);
}

/** Microseconds of client latency and of server CPU time for one operation. */
async function drive(running: Running, load: Load): Promise<{ wait: number; cpu: number }> {
  const cpuBefore = cpuMillis(running);
  const begin = performance.now();
  for (let i = 0; i < load.times; i++) await sendRequest(running, load, i);
  const wait = ((performance.now() - begin) * 1000) / load.times;
  // Work that the last request started belongs to it.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { wait, cpu: ((cpuMillis(running) - cpuBefore) * 1000) / load.times };
}

function sendRequest({ api, agent }: Running, { method, path, body }: Load, i: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const { hostname: host, port } = api;
    request({ host, port, path, method, agent, headers }, (response) => {
      response.resume().on('end', resolve);
    })
      .on('error', reject)
      .end(body?.(i));
  });
}

/** Returns the CPU time of a process so far (proc(5): utime and stime). */
function cpuMillis({ child }: Running): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MILLIS;
}

function residentBytes({ child }: Running): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function lastScrapeSeconds({ metrics }: Running): Promise<number> {
  let page = '';
  for (let i = 0; i < 10; i++) page = await (await fetch(metrics)).text();
  return Number(/^meterbridge_scrape_duration_seconds (\S+)$/m.exec(page)?.[1]);
}
