import { fork } from 'node:child_process';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { start } from 'meterbridge';
import { median } from './measure';

const REQUESTS = 4000;
const ROUNDS = 7;

const MODES = ['off', 'on'] as const;
type Mode = (typeof MODES)[number];

/** The result of a server process for a number of requests: the CPU time of each. */
interface Spent {
  readonly cpuMicros: number;
}

/** Measures what instrumentation adds to a request: microseconds of client latency and of server CPU time. */
export async function benchHttp(): Promise<void> {
  const servers = new Map<Mode, { port: number; spent: () => Promise<Spent>; stop: () => void }>();
  for (const mode of MODES) servers.set(mode, await serverProcess(mode));
  const waits = new Map<Mode, number[]>(MODES.map((mode) => [mode, []]));
  const cpus = new Map<Mode, number[]>(MODES.map((mode) => [mode, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [mode, { port, spent }] of servers) {
      await spent();
      const wait = await drive(port);
      const { cpuMicros } = await spent();
      if (round === 0) continue;
      waits.get(mode)?.push(wait);
      cpus.get(mode)?.push(cpuMicros / REQUESTS);
    }
  }
  for (const { stop } of servers.values()) stop();
  console.log('\n### One HTTP request (µs, median)\n\n| | measured | not measured | added |\n|---|---:|---:|---:|');
  for (const [label, table] of [
    ['time the client waits', waits],
    ["the server's CPU time", cpus],
  ] as const) {
    const [off, on] = MODES.map((mode) => median(table.get(mode) ?? []));
    console.log(`| ${label} | ${on?.toFixed(1)} | ${off?.toFixed(1)} | ${((on ?? 0) - (off ?? 0)).toFixed(1)} |`);
  }
}

async function drive(port: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const begin = performance.now();
  for (let i = 0; i < REQUESTS; i++) {
    await new Promise<void>((resolve, reject) => {
      get({ port, host: '127.0.0.1', agent, path: '/' }, (response) => {
        response.resume().on('end', resolve);
      }).on('error', reject);
    });
  }
  agent.destroy();
  return ((performance.now() - begin) * 1000) / REQUESTS;
}

async function serverProcess(mode: Mode): Promise<{ port: number; spent: () => Promise<Spent>; stop: () => void }> {
  const child = fork(__filename, [mode]);
  const next = <T>() => new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T)));
  const { port } = await next<{ port: number }>();
  return {
    port,
    spent: () => {
      const answer = next<Spent>();
      child.send('spent');
      return answer;
    },
    stop: () => child.kill(),
  };
}

async function serveRequests(mode: Mode): Promise<void> {
  if (mode === 'on') {
    const { hodei } = await import('meterbridge/systems/hodei');
    await start({ systems: [hodei], prometheus: { server: false } });
  }
  const server = createServer((_, response) => response.end('ok'));
  let last = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    process.send?.({ cpuMicros: user + system } satisfies Spent);
  });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

if (require.main === module) void serveRequests(process.argv[2] as Mode);
