import { fork } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { CONTENDERS, type Contender } from './http-servers';
import { FLOOR, median, printTable } from './measure';

/** The requests that each process answers before and while it is measured. By then V8 has optimized what it will. */
const REQUESTS = 5_000;
const ROUNDS = 10;
/** How long the rounds may take, in milliseconds. Three are always completed. */
const MILLIS = 55_000;
const MIN_ROUNDS = 3;
const CONNECTIONS = 4;

/** A server in a process of its own. */
interface ServerProcess {
  readonly port: number;
  /** Returns the microseconds of CPU time since the last call. */
  cpuMicros(): Promise<number>;
  stop(): void;
}

/** The microseconds of each round, for one request. */
interface Result {
  readonly contender: Contender;
  readonly cpu: number[];
  readonly latency: number[];
}

/**
 * Prints what measuring adds to a request of a server that does nothing else, in interleaved rounds. Every round has new
 * processes: the code that V8 optimizes differs from process to process by more than what is measured.
 */
export async function benchHttp(): Promise<void> {
  const results = CONTENDERS.map((contender): Result => ({ contender, cpu: [], latency: [] }));
  const end = performance.now() + MILLIS;
  for (let round = 0; round < ROUNDS && (round < MIN_ROUNDS || performance.now() < end); round++) {
    // Every round begins with another one, so that none always follows the same one.
    for (const i of results.keys()) await drive(results[(i + round) % results.length] as Result);
  }
  const rows = results.map(({ contender, cpu, latency }) => {
    const { name, server } = contender;
    const bare = results.find((each) => each.contender.server === server);
    const added = cpu.map((micros, round) => micros - (bare?.cpu[round] ?? 0));
    const { mean, halfWidth } = confidenceInterval(added);
    const row = new Map([
      ['server CPU, median', median(cpu)],
      ['CPU added, mean', mean],
      ['±, 95 %', halfWidth],
      ['client latency, median', median(latency)],
      [`${FLOOR}CPU of the bare server`, median(bare?.cpu ?? [])],
      [`${FLOOR}latency of the bare server`, median(bare?.latency ?? [])],
    ]);
    return [`${server}, measured by ${name}`, row] as const;
  });
  printTable('One HTTP request of a server that does nothing else', 'µs', new Map(rows));
}

async function drive({ contender, cpu, latency }: Result): Promise<void> {
  const { port, cpuMicros, stop } = await startServer(CONTENDERS.indexOf(contender));
  const path = contender.server === 'node:http' ? '/' : '/users/7';
  await sendRequests(port, path);
  await cpuMicros();
  latency.push(await sendRequests(port, path));
  cpu.push((await cpuMicros()) / REQUESTS);
  stop();
}

/** The 0.975 quantiles of Student's t distribution with 2 to 9 degrees of freedom. */
const T = [4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

function confidenceInterval(values: readonly number[]): { mean: number; halfWidth: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const t = T[values.length - MIN_ROUNDS] ?? Number.NaN;
  return { mean, halfWidth: t * Math.sqrt(variance / values.length) };
}

/** Returns the microseconds that a client waits for a response, on average. */
async function sendRequests(port: number, path: string): Promise<number> {
  const begin = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, () => sendOn(connect(port, '127.0.0.1'), path)));
  return ((performance.now() - begin) * 1000 * CONNECTIONS) / REQUESTS;
}

function sendOn(socket: Socket, path: string): Promise<void> {
  const request = `GET ${path} HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\naccept: */*\r\n\r\n`;
  let left = REQUESTS / CONNECTIONS;
  return new Promise((resolve, reject) => {
    socket
      .setNoDelay(true)
      .on('error', reject)
      .on('close', () => resolve());
    socket.on('data', () => {
      if (--left > 0) socket.write(request);
      else socket.end();
    });
    socket.write(request);
  });
}

async function startServer(i: number): Promise<ServerProcess> {
  const child = fork(__filename, [String(i)]);
  const next = () => new Promise<number>((resolve) => child.once('message', (message) => resolve(Number(message))));
  const port = await next();
  return {
    port,
    cpuMicros: () => {
      const spent = next();
      child.send('spent');
      return spent;
    },
    stop: () => void child.kill(),
  };
}

async function serveRequests(i: number): Promise<void> {
  const port = await CONTENDERS[i]?.listen();
  let last = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    process.send?.(user + system);
  });
  process.send?.(port);
}

if (require.main === module) void serveRequests(Number(process.argv[2]));
