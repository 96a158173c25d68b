// A cluster whose primary scrapes all workers with one of the contenders, and prints the measurements as JSON.
import cluster from 'node:cluster';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metrics } from '@opentelemetry/api';
import { median } from './measure';

const WORKERS = 8;
const SERIES = 5000;
const WARM_UP = 5;
const TIMES = 15;

/** One run of the app: what it measures, and how many of the series change between two scrapes. */
interface Run {
  readonly contender: 'meterbridge' | 'prom-client';
  readonly changed: number;
}

const run = JSON.parse(process.env.RUN ?? '{}') as Run;

interface Scraper {
  scrape(): Promise<string>;
  /** The bytes that workers have sent so far. */
  bytes(): number;
}

async function meterbridgeScraper(): Promise<Scraper> {
  const { start } = await import('meterbridge');
  const sockets: Socket[] = [];
  subscribe('net.server.socket', (message) => sockets.push((message as { socket: Socket }).socket));
  const sdk = await start({ serviceName: 'bench', prometheus: { server: false }, cardinalityLimit: SERIES + 1 });
  return {
    scrape: async () => (await sdk.scrape()).body,
    bytes: () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
  };
}

async function promClientScraper(): Promise<Scraper> {
  const { AggregatorRegistry } = await import('prom-client');
  const registry = new AggregatorRegistry();
  let bytes = 0;
  let counts = true;
  cluster.on('message', (_, message) => {
    if (counts) bytes += JSON.stringify(message).length;
    counts = false;
  });
  return {
    // Counting costs time, so that only the message of the first worker of the first scrape is counted.
    scrape: () => registry.clusterMetrics(),
    bytes: () => bytes * WORKERS,
  };
}

/** Returns a function that changes the first series of a counter of a worker. */
async function createSeries(): Promise<(count: number) => void> {
  const labels = Array.from({ length: SERIES }, (_, i) => ({ route: `/route/${i % 50}`, user: `user-${i}` }));
  if (run.contender === 'prom-client') {
    const { Counter, AggregatorRegistry } = await import('prom-client');
    new AggregatorRegistry();
    const counter = new Counter({ name: 'jobs_total', help: 'Jobs', labelNames: ['route', 'user'] });
    return (count) => {
      for (let i = 0; i < count; i++) counter.inc(labels[i] as { route: string; user: string });
    };
  }
  const { start } = await import('meterbridge');
  await start({ serviceName: 'bench', cardinalityLimit: SERIES + 1 });
  const counter = metrics.getMeter('bench').createCounter('jobs');
  return (count) => {
    for (let i = 0; i < count; i++) counter.add(1, labels[i]);
  };
}

async function work(): Promise<void> {
  const change = await createSeries();
  change(SERIES);
  process.on('message', (message) => {
    if (message !== 'change') return;
    change(run.changed);
    process.send?.('changed');
  });
  process.send?.('changed');
}

/** Resolves when each worker has changed its series. */
function changed(): Promise<void> {
  return new Promise((resolve) => {
    let left = WORKERS;
    const listen = (_: unknown, message: unknown) => {
      if (message !== 'changed' || --left > 0) return;
      cluster.off('message', listen);
      resolve();
    };
    cluster.on('message', listen);
  });
}

async function measure(): Promise<void> {
  const scraper = run.contender === 'meterbridge' ? await meterbridgeScraper() : await promClientScraper();
  const ready = changed();
  for (let i = 0; i < WORKERS; i++) cluster.fork();
  await ready;
  const millis: number[] = [];
  const blocks: number[] = [];
  const bytes: number[] = [];
  let lines = 0;
  for (let i = 0; i < WARM_UP + TIMES; i++) {
    const isChanged = changed();
    for (const worker of Object.values(cluster.workers ?? {})) worker?.send('change');
    await isChanged;
    const before = scraper.bytes();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    const page = await scraper.scrape();
    const duration = performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve, 5));
    delay.disable();
    lines = page.split('\n').filter((line) => line.startsWith('jobs_total{')).length;
    if (i < WARM_UP && run.contender === 'meterbridge') continue;
    bytes.push(scraper.bytes() - before);
    if (i < WARM_UP) continue;
    millis.push(duration);
    blocks.push(delay.max / 1e6);
  }
  const sent = run.contender === 'meterbridge' ? median(bytes) : Math.max(...bytes);
  console.log(JSON.stringify({ millis: median(millis), block: median(blocks), bytes: sent, lines }));
  for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill();
  process.exit();
}

void (cluster.isPrimary ? measure() : work());
