import { fork } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { Counter, Histogram, Registry } from 'prom-client';
import { median } from './measure';

const REQUESTS = 3000;
const ROUNDS = 10;
const CONNECTIONS = 4;

const CONTENDERS = {
  nothing: () => answer,
  'meterbridge, source channels': async () => {
    await start({ systems: [hodei], prometheus: { server: false }, shutdownOnExit: false });
    return answer;
  },
  'meterbridge, source channels, without semantic conventions': async () => {
    await start({ systems: [hodei], prometheus: { server: false }, shutdownOnExit: false, http: { semconv: false } });
    return answer;
  },
  'meterbridge, source instrumentation': async () => {
    const http = { source: 'instrumentation' } as const;
    await start({ systems: [hodei], prometheus: { server: false }, shutdownOnExit: false, http });
    return answer;
  },
  '@opentelemetry/instrumentation-http': () => {
    const instrumentation = new HttpInstrumentation();
    instrumentation.setMeterProvider(new MeterProvider());
    require('node:http');
    return answer;
  },
  'prom-client, by hand': () => {
    const registers = [new Registry()];
    const labelNames = ['method', 'status'] as const;
    const requests = new Counter({ name: 'requests_total', help: 'Requests', labelNames, registers });
    const seconds = new Histogram({ name: 'request_seconds', help: 'Seconds', labelNames, registers });
    const measured: RequestListener = (request, response) => {
      const stop = seconds.startTimer();
      response.on('finish', () => {
        const labels = { method: request.method ?? '', status: response.statusCode };
        requests.inc(labels);
        stop(labels);
      });
      answer(request, response);
    };
    return measured;
  },
} satisfies Record<string, () => RequestListener | Promise<RequestListener>>;

type Contender = keyof typeof CONTENDERS;

const answer: RequestListener = (_request, response) => {
  response.end('ok');
};

/** A server in a process of its own. */
interface ServerProcess {
  readonly port: number;
  /** Returns the microseconds of CPU time since the last call. */
  cpuMicros(): Promise<number>;
  stop(): void;
}

/** Prints what measuring adds to a request of a server that does nothing else, in interleaved rounds. */
export async function benchHttp(): Promise<void> {
  const servers = new Map<Contender, ServerProcess>();
  for (const name of Object.keys(CONTENDERS) as Contender[]) servers.set(name, await startServer(name));
  const cpu = new Map<Contender, number[]>();
  const latency = new Map<Contender, number[]>();
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, { port, cpuMicros }] of servers) {
      await cpuMicros();
      const waited = await sendRequests(port);
      const spent = (await cpuMicros()) / REQUESTS;
      if (round < 0) continue;
      cpu.set(name, [...(cpu.get(name) ?? []), spent]);
      latency.set(name, [...(latency.get(name) ?? []), waited]);
    }
  }
  for (const { stop } of servers.values()) stop();
  console.log('\n### One HTTP request of a bare server (µs)\n');
  console.log(
    '| | server CPU, median | added to nothing, mean and 95 % interval | client latency, median |\n|---|---:|---:|---:|',
  );
  const bare = cpu.get('nothing') ?? [];
  for (const [name, spent] of cpu) {
    const added = spent.map((micros, round) => micros - (bare[round] ?? 0));
    const waited = median(latency.get(name) ?? []);
    console.log(`| ${name} | ${median(spent).toFixed(1)} | ${interval(added)} | ${waited.toFixed(1)} |`);
  }
}

/** The 0.975 quantile of Student's t distribution with 9 degrees of freedom, for 10 rounds. */
const T = 2.262;

function interval(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(1)} ± ${(T * Math.sqrt(variance / values.length)).toFixed(1)}`;
}

/** Returns the microseconds that a client waits for a response, on average. */
async function sendRequests(port: number): Promise<number> {
  const begin = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, () => sendOn(connect(port, '127.0.0.1'))));
  return ((performance.now() - begin) * 1000 * CONNECTIONS) / REQUESTS;
}

function sendOn(socket: Socket): Promise<void> {
  const request = 'GET / HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\naccept: */*\r\n\r\n';
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

async function startServer(contender: Contender): Promise<ServerProcess> {
  const child = fork(__filename, [contender]);
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

async function serveRequests(contender: Contender): Promise<void> {
  const server = createServer(await CONTENDERS[contender]());
  let last = process.cpuUsage();
  process.on('message', () => {
    const { user, system } = process.cpuUsage(last);
    last = process.cpuUsage();
    process.send?.(user + system);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

if (require.main === module) void serveRequests(process.argv[2] as Contender);
