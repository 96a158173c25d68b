// A cluster whose primary scrapes all workers with one of the contenders, as often as it is asked for it.
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from '@opentelemetry/api';

const SERIES = 5000;

/** `one process` has no workers and all series itself. */
export type ContenderName = 'meterbridge' | 'prom-client' | 'one process';

/** What one scrape took, in milliseconds and bytes. */
export interface Scrape {
  readonly millis: number;
  /** The longest block of the event loop of the primary, including the time in which other processes used its processor core. */
  readonly block: number;
  /** The longest time that the primary computed in one turn of its event loop, in another scrape. */
  readonly turn: number;
  /** The time that all processes together computed. */
  readonly cpu: number;
  readonly bytes: number;
}

const contender = process.env.CONTENDER as ContenderName;
const workers = contender === 'one process' ? 0 : 8;
// prom-client has its default metrics only on request.
const OPTIONS = { serviceName: 'bench', cardinalityLimit: SERIES + 1, runtimeMetrics: 'none' } as const;

interface Scraper {
  scrape(): Promise<string>;
  /** The bytes that workers have sent so far. */
  bytes(): number;
}

async function meterbridgeScraper(): Promise<Scraper> {
  const { start } = await import('meterbridge');
  const sockets: Socket[] = [];
  subscribe('net.server.socket', (message) => sockets.push((message as { socket: Socket }).socket));
  const sdk = await start({ ...OPTIONS, prometheus: { server: false } });
  return {
    scrape: async () => (await sdk.scrape()).body,
    bytes: () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  };
}

async function promClientScraper(): Promise<Scraper> {
  const { AggregatorRegistry } = await import('prom-client');
  const registry = new AggregatorRegistry();
  let bytes = 0;
  let scrapes = 0;
  cluster.on('message', (_, message: { metrics?: unknown }) => {
    if (bytes === 0 && typeof message === 'object' && 'metrics' in message) bytes = JSON.stringify(message).length;
  });
  return {
    scrape: () => {
      scrapes++;
      return registry.clusterMetrics();
    },
    // Counting costs time, so that only the message of one worker in the first scrape is counted. All are of that size.
    bytes: () => bytes * workers * scrapes,
  };
}

/** Returns a function that changes the first series of a counter of this process. */
async function createSeries(): Promise<(count: number) => void> {
  const labels = Array.from({ length: SERIES }, (_, i) => ({ route: `/route/${i % 50}`, user: `user-${i}` }));
  if (contender === 'prom-client') {
    const { Counter, AggregatorRegistry } = await import('prom-client');
    new AggregatorRegistry();
    const counter = new Counter({ name: 'jobs_total', help: 'Jobs', labelNames: ['route', 'user'] });
    return (count) => {
      for (let i = 0; i < count; i++) counter.inc(labels[i] as { route: string; user: string });
    };
  }
  if (!cluster.isPrimary) await (await import('meterbridge')).start(OPTIONS);
  const counter = metrics.getMeter('bench').createCounter('jobs');
  return (count) => {
    for (let i = 0; i < count; i++) counter.add(1, labels[i]);
  };
}

/** Returns the milliseconds that this process has computed. */
function computed(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function work(): Promise<void> {
  const change = await createSeries();
  change(SERIES);
  process.on('message', ({ changed }: { changed?: number }) => {
    if (changed === undefined) return;
    change(changed);
    process.send?.({ computed: computed() });
  });
  process.send?.({ computed: computed() });
}

/** Resolves to the time that all workers have computed when each of them has changed its series, if any. */
function computedByWorkers(changed: number | undefined): Promise<number> {
  return new Promise((resolve) => {
    let left = workers;
    let sum = 0;
    if (left === 0) resolve(0);
    const listen = (_: unknown, message: { computed?: number }) => {
      if (message.computed === undefined) return;
      sum += message.computed;
      if (--left > 0) return;
      cluster.off('message', listen);
      resolve(sum);
    };
    cluster.on('message', listen);
    if (changed === undefined) return;
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send({ changed });
  });
}

/** Returns the number of lines that begin with a text. Leaves no garbage that would be collected during the next scrape. */
function countLines(page: string, text: string): number {
  let count = page.startsWith(text) ? 1 : 0;
  for (let at = page.indexOf(`\n${text}`); at >= 0; at = page.indexOf(`\n${text}`, at + 1)) count++;
  return count;
}

/** Returns the longest time that this process computes in one turn of its event loop while a function runs. */
async function longestTurn(run: () => Promise<unknown>): Promise<number> {
  let before = computed();
  let longest = 0;
  let isRunning = true;
  const onTurn = () => {
    const now = computed();
    longest = Math.max(longest, now - before);
    before = now;
    if (isRunning) setImmediate(onTurn);
  };
  setImmediate(onTurn);
  await run();
  isRunning = false;
  await new Promise((resolve) => setImmediate(resolve));
  return longest;
}

async function measure(scraper: Scraper, change: (count: number) => void, changed: number): Promise<Scrape> {
  const changeAll = () => {
    if (workers === 0) change(changed);
    return computedByWorkers(changed);
  };
  const workersBefore = await changeAll();
  const bytes = scraper.bytes();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  // Blocks are measured between two turns of the event loop, of which one must come before.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const before = computed();
  const start = performance.now();
  const page = await scraper.scrape();
  const millis = performance.now() - start;
  const own = computed() - before;
  // The delay is measured when the event loop runs.
  await new Promise((resolve) => setTimeout(resolve, 5));
  delay.disable();
  const lines = countLines(page, 'jobs_total{');
  if (lines !== SERIES) throw new Error(`${contender} served ${lines} series instead of ${SERIES}`);
  const cpu = own + (await computedByWorkers(0)) - workersBefore;
  const sent = scraper.bytes() - bytes;
  await changeAll();
  const turn = await longestTurn(() => scraper.scrape());
  return { millis, block: delay.max / 1e6, turn, cpu, bytes: sent };
}

async function lead(): Promise<void> {
  const scraper = contender === 'prom-client' ? await promClientScraper() : await meterbridgeScraper();
  // Both contenders add one listener for each worker.
  cluster.setMaxListeners(Infinity);
  const ready = computedByWorkers(undefined);
  for (let i = 0; i < workers; i++) cluster.fork();
  const change = workers === 0 ? await createSeries() : () => {};
  change(SERIES);
  await ready;
  process.on('message', ({ changed }: { changed: number }) => {
    void measure(scraper, change, changed).then((scrape) => process.send?.(scrape));
  });
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}

void (cluster.isPrimary ? lead() : work());
