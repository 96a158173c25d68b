import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';
import { change, contenders, type Filled } from './fill';
import { printTable } from './measure';

/** Scrapes from another thread. Answers each URL with the duration in milliseconds and the page's size in bytes. */
const CLIENT = `
const { parentPort } = require('node:worker_threads');
const { get } = require('node:http');
parentPort.on('message', (url) => {
  const start = performance.now();
  get(url, (response) => {
    let bytes = 0;
    response.on('data', (data) => { bytes += data.length; });
    response.on('end', () => parentPort.postMessage({ millis: performance.now() - start, bytes }));
  });
});
`;

/** The sizes of pages in series, each with its number of rounds. */
const SIZES = [
  [1_000, 20],
  [20_000, 8],
  [200_000, 2],
] as const;
/** The parts of the series that change between two scrapes. The other packages are measured with the first one: it makes no difference to them. */
const SHARES = [
  [1, 'all changed'],
  [0.05, '5 % changed'],
  [0, 'none changed'],
] as const;
/** The lower bound: a server that sends the bytes of the page of meterbridge, which it has. */
const SOCKET = 'socket alone';
const WRITE_BYTES = 64 * 1024;
/** The pages and scrapes of meterbridge that are not measured, while code is compiled. */
const WARM_UP = 5;

interface Scraped {
  readonly millis: number;
  readonly bytes: number;
  /** The longest block of the event loop of the server. */
  readonly block: number;
}

/** A running server, and the time of the best of its scrapes. */
class Scrapable {
  private readonly server: Server;

  constructor(listener: RequestListener) {
    this.server = createServer(listener);
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async scrape(client: Worker): Promise<Scraped> {
    let last = performance.now();
    let block = 0;
    let running = true;
    const turn = () => {
      const now = performance.now();
      block = Math.max(block, now - last);
      last = now;
      if (running) setImmediate(turn);
    };
    turn();
    client.postMessage(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}/metrics`);
    const { millis, bytes } = await new Promise<{ millis: number; bytes: number }>((resolve) =>
      client.once('message', resolve),
    );
    running = false;
    return { millis, bytes, block };
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** Returns what sends pieces of a page, waiting for the connection as a server must. */
function sendPieces(pieces: () => readonly Uint8Array[]): RequestListener {
  return async (_request, response) => {
    for (const piece of pieces()) {
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve));
    }
    response.end();
  };
}

type Table = Map<string, Map<string, number>>;

function keepLeast(table: Table, row: string, column: string, value: number): void {
  const cells = table.get(row) ?? new Map<string, number>();
  table.set(row, cells.set(column, Math.min(value, cells.get(column) ?? Infinity)));
}

/** Measures pages with and without HTTP, and the longest block of the server's event loop. The fastest of interleaved rounds counts. */
export async function benchScraping(): Promise<void> {
  const pages: Table = new Map();
  const scrapes: Table = new Map();
  const blocks: Table = new Map();
  const sizes: Table = new Map();
  const client = new Worker(CLIENT, { eval: true });
  for (const [series, rounds] of SIZES) {
    const all = [...(await contenders()).values()].map((create) => create());
    for (const filled of all) change(filled, series / 2);
    const [own] = all as [Filled];
    const pieces = Array.from({ length: Math.ceil((await own.page()) / WRITE_BYTES) }, () =>
      Buffer.alloc(WRITE_BYTES, 'x'),
    );
    const servers = new Map(all.map(({ name, serve }) => [name, new Scrapable(serve)]));
    servers.set(SOCKET, new Scrapable(sendPieces(() => pieces)));
    for (const server of servers.values()) await server.start();
    for (let i = 0; i < WARM_UP; i++) {
      await own.page();
      await servers.get(own.name)?.scrape(client);
    }
    for (const [share, label] of SHARES) {
      const row = `${series} series, ${label}`;
      const measured = share === 1 ? all : [own];
      for (let round = 0; round < rounds; round++) {
        for (const filled of measured) {
          if (share > 0) change(filled, series / 2, share);
          globalThis.gc?.();
          const start = performance.now();
          await filled.page();
          keepLeast(pages, row, filled.name, performance.now() - start);
        }
        for (const [name, server] of servers) {
          const filled = measured.find((each) => each.name === name);
          if (filled === undefined && name !== SOCKET) continue;
          if (share > 0 && filled !== undefined) change(filled, series / 2, share);
          globalThis.gc?.();
          const { millis, bytes, block } = await server.scrape(client);
          keepLeast(scrapes, row, name, millis);
          keepLeast(blocks, row, name, block);
          keepLeast(sizes, row, name, bytes / 1e6);
        }
      }
    }
    for (const server of servers.values()) server.stop();
  }
  await client.terminate();
  printTable('Making the page, collection included', 'ms, fastest', pages);
  printTable('One scrape over HTTP', 'ms, fastest', scrapes);
  printTable('Longest block of the event loop during a scrape', 'ms, least', blocks);
  printTable('The page', 'MB', sizes);
}
