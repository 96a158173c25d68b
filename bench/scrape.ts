import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { contenders, createSocketFloor, type Filled } from './fill';
import { median, printTable } from './measure';

/** Scrapes from another thread. Posts the duration in milliseconds and the size in bytes of each scrape. */
const CLIENT = `
const { parentPort, workerData } = require('node:worker_threads');
const { get } = require('node:http');
const sendRequest = () => new Promise((resolve, reject) => {
  const start = performance.now();
  get(workerData.url, (response) => {
    let bytes = 0;
    response.on('data', (data) => { bytes += data.length; });
    response.on('end', () => resolve({ millis: performance.now() - start, bytes }));
  }).on('error', reject);
});
(async () => {
  const answers = [];
  for (let i = 0; i < workerData.times; i++) answers.push(await sendRequest());
  parentPort.postMessage(answers);
})();
`;

/**
 * The number of first scrapes that are not measured: caches are filled and code is compiled during them. Of pages that take
 * seconds, one is enough.
 */
const WARM_UP = 3;
const WARM_UP_LARGE = 1;
/** Pages of more series are measured over HTTP alone, because those of other libraries take seconds. */
const LARGE = 100_000;

interface Scraped {
  readonly millis: number;
  readonly block: number;
  readonly bytes: number;
}

async function scrape(filled: Filled, times: number, warmUp: number): Promise<Scraped> {
  const watch = new BlockWatch();
  const server = createServer((request, response) => {
    watch.begin();
    response.once('close', () => watch.end());
    filled.serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const worker = new Worker(CLIENT, {
    eval: true,
    workerData: { url: `http://127.0.0.1:${port}/metrics`, times: times + warmUp },
  });
  const answers = await new Promise<{ millis: number; bytes: number }[]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  server.close();
  server.closeAllConnections();
  const block = median(watch.stop().slice(warmUp));
  const warm = answers.slice(warmUp);
  return { millis: median(warm.map(({ millis }) => millis)), block, bytes: answers[0]?.bytes ?? 0 };
}

async function makePage(filled: Filled, times: number): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < times + WARM_UP; i++) {
    const start = performance.now();
    await filled.page();
    samples.push(performance.now() - start);
  }
  return median(samples.slice(WARM_UP));
}

/** Finds the longest block of the event loop during each scrape. */
class BlockWatch {
  private last = performance.now();
  private longest = 0;
  private readonly blocks: number[] = [];
  private running = true;

  constructor() {
    this.turn();
  }

  begin(): void {
    this.longest = 0;
  }

  end(): void {
    // The event loop may not have turned since the block.
    this.blocks.push(Math.max(this.longest, performance.now() - this.last));
  }

  /** Returns the longest block of each scrape, in milliseconds. */
  stop(): readonly number[] {
    this.running = false;
    return this.blocks;
  }

  private turn(): void {
    const now = performance.now();
    this.longest = Math.max(this.longest, now - this.last);
    this.last = now;
    if (this.running) setImmediate(() => this.turn());
  }
}

/** Measures scrapes over HTTP, with the longest block of the server's event loop. */
export async function benchScraping(): Promise<void> {
  const times = new Map<string, Map<string, number>>();
  const blocks = new Map<string, Map<string, number>>();
  const pages = new Map<string, Map<string, number>>();
  const sizes = new Map<string, Map<string, number>>();
  for (const [series, scrapes] of [
    [1_000, 40],
    [20_000, 8],
    [200_000, 1],
  ] as const) {
    const label = `${series} series`;
    const isLarge = series >= LARGE;
    const measure = async (filled: Filled): Promise<void> => {
      filled.fill(series / 2);
      const page = isLarge ? undefined : await makePage(filled, scrapes);
      const { millis, block, bytes } = await scrape(filled, scrapes, isLarge ? WARM_UP_LARGE : WARM_UP);
      for (const [table, value] of [
        [pages, page],
        [times, millis],
        [blocks, block],
        [sizes, bytes / 1e6],
      ] as const) {
        const row = table.get(label) ?? new Map<string, number>();
        if (value !== undefined) table.set(label, row.set(filled.name, value));
      }
    };
    for (const create of (await contenders()).values()) await measure(create());
    await measure(createSocketFloor((sizes.get(label)?.get('meterbridge') ?? 0) * 1e6));
  }
  printTable('Making the page, collection included', 'ms, median', pages);
  printTable('One scrape over HTTP', 'ms, median', times);
  printTable('Longest block of the event loop during a scrape', 'ms, median', blocks);
  printTable('The page', 'MB', sizes);
}
