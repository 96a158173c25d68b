import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Held, SoakCommand } from './soak-app';

/** How long one SDK lives, in seconds. */
const ROUND_SECONDS = 20;
/** Growth that is allowed from the middle of the run to its end. */
const MAX_GROWTH_BYTES = 1e6;
const FORMATS = [
  {},
  { accept: 'application/openmetrics-text;version=1.0.0', 'accept-encoding': 'gzip' },
  { accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited' },
];

/** A backend that sums up the deltas of two metrics, and that can be made to fail. */
class Backend {
  answer: 'accept' | 'hang' | 'reset' | 'unavailable' = 'accept';
  private readonly totals = new Map<string, number>();

  private constructor(private readonly server: Server) {}

  static async listen(): Promise<Backend> {
    const server = createServer();
    const backend = new Backend(server);
    server.on('request', async (request, response) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        if (backend.answer === 'hang') return;
        if (backend.answer === 'reset') request.socket.destroy();
        else if (backend.answer === 'unavailable') response.writeHead(503).end();
        else {
          backend.add(JSON.parse(Buffer.concat(chunks).toString()));
          response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        }
      } catch {
        // The exporter gave up while it sent.
      }
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return backend;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/metrics`;
  }

  /** Closes connections that hang, as a backend that restarts does. */
  closeConnections(): void {
    this.server.closeAllConnections();
  }

  total(name: string): number {
    return this.totals.get(name) ?? 0;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private add(request: OtlpJson): void {
    for (const { scopeMetrics = [] } of request.resourceMetrics ?? []) {
      for (const { name, sum } of scopeMetrics.flatMap(({ metrics = [] }) => metrics)) {
        if (sum === undefined) continue;
        const added = sum.dataPoints.reduce((total, { asInt, asDouble }) => total + Number(asInt ?? asDouble), 0);
        this.totals.set(name, this.total(name) + added);
      }
    }
  }
}

interface OtlpJson {
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics?: readonly {
      readonly metrics?: readonly {
        readonly name: string;
        readonly sum?: { readonly dataPoints: readonly { readonly asInt?: unknown; readonly asDouble?: unknown }[] };
      }[];
    }[];
  }[];
}

/** The app under test, in a process of its own. */
class App {
  private readonly child: ChildProcess = fork(join(__dirname, 'soak-app.js'), {
    execArgv: ['--expose-gc'],
    env: { ...process.env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  stderr = '';

  constructor() {
    this.child.stderr?.on('data', (data) => {
      this.stderr = (this.stderr + data).slice(-10_000);
    });
  }

  async ask<T>(command: SoakCommand): Promise<T> {
    const ended = new AbortController();
    const answer = once(this.child, 'message', { signal: ended.signal });
    const exit = once(this.child, 'exit', { signal: ended.signal });
    this.child.send(command);
    const [message] = await Promise.race([answer, exit]);
    ended.abort();
    answer.catch(() => {});
    exit.catch(() => {});
    if (typeof message !== 'object' || message === null) throw new Error(`the app has ended: ${this.stderr}`);
    const { value, error } = message as { value: T; error?: string };
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async end(): Promise<void> {
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}

/** Clients of every kind: that scrape, that leave in the middle, and that never read. */
class Clients {
  scrapes = 0;
  aborted = 0;
  private isRunning = true;
  private readonly work: Promise<unknown>;

  constructor(urls: readonly string[]) {
    const url = new URL(urls.find((each) => each.endsWith('/metrics')) as string);
    url.hostname = '127.0.0.1';
    this.work = Promise.all([this.scrape(url), this.abort(url), this.neverRead(url), this.watch(url)]);
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await this.work;
  }

  private async scrape(url: URL): Promise<void> {
    for (let i = 0; this.isRunning; i++) {
      await fetchAll(url, FORMATS[i % FORMATS.length] ?? {});
      this.scrapes++;
      await sleep(50);
    }
  }

  /** Leaves after a few bytes. */
  private async abort(url: URL): Promise<void> {
    while (this.isRunning) {
      const socket = connect(Number(url.port), url.hostname);
      socket.on('error', () => {});
      socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      socket.once('data', () => socket.destroy());
      await once(socket, 'close').catch(() => {});
      this.aborted++;
      await sleep(50);
    }
  }

  private async neverRead(url: URL): Promise<void> {
    while (this.isRunning) {
      const socket = connect(Number(url.port), url.hostname);
      socket.on('error', () => {});
      socket.pause();
      for (let i = 0; i < 20; i++) socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await sleep(2000);
      socket.destroy();
    }
  }

  private async watch(url: URL): Promise<void> {
    while (this.isRunning) {
      for (const path of ['/health', '/ready', '/dashboard/data.json', '/none']) await fetchAll(new URL(path, url), {});
      await sleep(500);
    }
  }
}

function fetchAll(url: URL, headers: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      response.resume();
      response.once('close', resolve);
    }).once('error', reject);
  });
}

/**
 * Runs an app for some minutes under churn of series, scrapes in all formats, clients that leave or never read, a backend
 * that fails and recovers, and restarts of the SDK. Prints what the process held after each restart, and fails if that
 * grows after the middle of the run or if a counter is not what was recorded.
 *
 * @param minutes 10 is the run that counts
 */
export async function benchSoak(minutes: number): Promise<void> {
  const backend = await Backend.listen();
  const app = new App();
  const samples: Held[] = [];
  const problems: string[] = [];
  let [events, jobs, scrapes, aborted] = [0, 0, 0, 0];
  const end = Date.now() + minutes * 60_000;
  while (Date.now() < end) {
    const urls = await app.ask<string[]>({ name: 'start', endpoint: backend.endpoint });
    const clients = new Clients(urls);
    for (const answer of ['accept', 'hang', 'reset', 'unavailable', 'accept'] as const) {
      backend.answer = answer;
      await sleep((ROUND_SECONDS / 5) * 1000);
      if (answer === 'hang') backend.closeConnections();
    }
    await clients.stop();
    const result = await app.ask<{ differences: string[]; events: number; jobs: number }>({ name: 'check' });
    problems.push(...result.differences);
    events += result.events;
    jobs += result.jobs;
    scrapes += clients.scrapes;
    aborted += clients.aborted;
    await app.ask({ name: 'stop' });
    if (backend.total('soak.events') !== events) {
      problems.push(`the backend has ${backend.total('soak.events')} events instead of ${events}`);
    }
    if (backend.total('hodei_jobs_scheduled_total') !== jobs) {
      problems.push(`the backend has ${backend.total('hodei_jobs_scheduled_total')} jobs instead of ${jobs}`);
    }
    // The connections of clients that have left close in the next turns of the event loop.
    await sleep(500);
    samples.push(await app.ask<Held>({ name: 'measure' }));
  }
  await app.end();
  backend.close();
  print(samples);
  console.log(`\n${events} events, ${jobs} jobs, ${scrapes} scrapes, ${aborted} aborted, ${samples.length} restarts`);
  problems.push(...growth(samples.slice(Math.floor(samples.length / 2))));
  for (const problem of new Set(problems)) console.log(`FAILED: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}

function print(samples: readonly Held[]): void {
  console.log('\n### Soak: held after each restart\n\n| round | heap MB | handles | listeners | descriptors |');
  console.log('|---:|---:|---:|---:|---:|');
  for (const [i, { heapBytes, handles, listeners, descriptors }] of samples.entries()) {
    console.log(`| ${i + 1} | ${(heapBytes / 1e6).toFixed(2)} | ${handles} | ${listeners} | ${descriptors} |`);
  }
}

/** Returns what grew from the first sample to the last. */
function growth(samples: readonly Held[]): string[] {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || samples.length < 2) return ['too short to show growth'];
  const problems: string[] = [];
  const heap = last.heapBytes - first.heapBytes;
  if (heap >= MAX_GROWTH_BYTES) problems.push(`the heap grew by ${(heap / 1e6).toFixed(2)} MB`);
  for (const kind of ['handles', 'listeners', 'descriptors'] as const) {
    if (last[kind] > first[kind]) problems.push(`${kind} grew from ${first[kind]} to ${last[kind]}`);
  }
  return problems;
}
