import { type ChildProcess, fork } from 'node:child_process';
import { createServer, get, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { change, contenders } from './fill';
import { FLOOR, printTable } from './measure';

/** The sizes of pages in series, each with its number of rounds. */
const SIZES = [
  [1_000, 20],
  [20_000, 5],
  [200_000, 2],
] as const;
/** From this size on, other packages take seconds for a page, and make one without HTTP. */
const LARGE = 200_000;
/** How long the delay of the event loop is watched, in milliseconds. */
const DELAY_MILLIS = 2000;
/** The parts of the series that change between two scrapes. Other packages are measured with the first: it makes no difference to them. */
const SHARES = [
  [1, 'all changed'],
  [0.05, '5 % changed'],
  [0, 'none changed'],
] as const;
const OWN = 'meterbridge';
/** The lower bound: a server that sends as many bytes, which it has. */
const SOCKET = `${FLOOR}socket of the same bytes`;
const WRITE_BYTES = 64 * 1024;
/** For how long each server makes pages before any is measured, in milliseconds, while its code is compiled. */
const WARM_UP_MILLIS = 1000;

/** What a server is asked for. */
type Command = { readonly change: number } | { readonly watch: boolean } | { readonly watchDelay: boolean } | 'page';

/** A server in a process of its own, so that no package pays for the heap of another. */
class Server {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(name: string, series: number): Promise<Server> {
    const child = fork(__filename, [name, String(series)]);
    return new Server(child, await nextMessage(child));
  }

  /**
   * Has the server do something. Returns the milliseconds that it took; with `watch: false` those of the longest block, and with
   * `watchDelay: false` the 99.9th percentile of the delay of the event loop.
   */
  command(command: Command): Promise<number> {
    this.child.send(command);
    return nextMessage(this.child);
  }

  /** Returns the duration in milliseconds, and the size of the page in bytes. */
  scrape(): Promise<{ millis: number; bytes: number }> {
    return new Promise((resolve, reject) => {
      const start = performance.now();
      get({ host: '127.0.0.1', port: this.port, path: '/metrics' }, (response) => {
        let bytes = 0;
        response.on('data', (data: Buffer) => {
          bytes += data.length;
        });
        response.on('end', () => resolve({ millis: performance.now() - start, bytes }));
      }).on('error', reject);
    });
  }

  stop(): void {
    this.child.kill();
  }
}

function nextMessage(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once('message', (message) => resolve(message as number)));
}

type Table = Map<string, Map<string, number>>;

function keepLeast(table: Table, row: string, column: string, value: number): void {
  const cells = table.get(row) ?? new Map<string, number>();
  table.set(row, cells.set(column, Math.min(value, cells.get(column) ?? Infinity)));
}

/** Measures pages with and without HTTP, and what they do to the event loop. The fastest of interleaved rounds counts. */
export async function benchScraping(): Promise<void> {
  const pages: Table = new Map();
  const pageBlocks: Table = new Map();
  const scrapes: Table = new Map();
  const blocks: Table = new Map();
  const delays: Table = new Map();
  const names = [...(await contenders()).keys()];
  for (const [series, rounds] of SIZES) {
    const servers = new Map<string, Server>();
    for (const name of [...names, SOCKET]) servers.set(name, await Server.start(name, series));
    for (const [name, server] of servers) if (series < LARGE || name === OWN) await warmUp(server);
    for (const [share, label] of SHARES) {
      const row = `${series} series, ${label}`;
      for (let round = 0; round < rounds; round++) {
        for (const [name, server] of servers) {
          const isPeer = name !== OWN && name !== SOCKET;
          if (isPeer && (share < 1 || (series === LARGE && round > 0))) continue;
          if (name !== SOCKET) {
            await server.command({ change: share });
            await server.command({ watch: true });
            const page = await server.command('page');
            keepLeast(pageBlocks, row, name, await server.command({ watch: false }));
            keepLeast(pages, row, name, page);
          }
          if (isPeer && series === LARGE) continue;
          await server.command({ change: share });
          await server.command({ watch: true });
          const { millis } = await server.scrape();
          keepLeast(blocks, row, name, await server.command({ watch: false }));
          keepLeast(scrapes, row, name, millis);
        }
      }
    }
    const own = servers.get(OWN);
    const socket = servers.get(SOCKET);
    if (series === LARGE && own !== undefined && socket !== undefined) {
      const row = new Map([['the same heap without scrapes', await measureDelay(own, false)]]);
      delays.set(`${series} series`, row);
      row.set(OWN, await measureDelay(own, true)).set(SOCKET, await measureDelay(socket, true));
    }
    for (const server of servers.values()) server.stop();
  }
  printTable('Making the page, collection included', 'ms, fastest', pages);
  printTable('Longest block of the event loop while the page is made, without HTTP', 'ms, least', pageBlocks);
  printTable('One scrape over HTTP', 'ms, fastest', scrapes);
  printTable('Longest block of the event loop during a scrape over HTTP', 'ms, least', blocks);
  printTable('Delay of the event loop during scrapes one after the other', 'ms, 99.9th percentile', delays);
}

async function warmUp(server: Server): Promise<void> {
  const end = performance.now() + WARM_UP_MILLIS;
  while (performance.now() < end) {
    await server.command({ change: 1 });
    await server.command('page');
    await server.scrape();
  }
}

/** Returns the 99.9th percentile of the delay of a server's event loop in milliseconds, while it is scraped again and again or not. */
async function measureDelay(server: Server, isScraped: boolean): Promise<number> {
  await server.command({ watchDelay: true });
  const end = performance.now() + DELAY_MILLIS;
  while (performance.now() < end) await (isScraped ? server.scrape() : sleep(DELAY_MILLIS));
  return server.command({ watchDelay: false });
}

/** Returns what sends as many bytes as a page of meterbridge has, waiting for the connection as a server must. */
async function sendBytes(series: number): Promise<RequestListener> {
  const own = (await contenders()).get(OWN)?.();
  if (own === undefined) throw new Error(`${OWN} is no contender`);
  change(own, series / 2);
  const pieces = Math.ceil((await own.page()) / WRITE_BYTES);
  const bytes = Buffer.alloc(WRITE_BYTES, 'x');
  return async (_request, response) => {
    for (let i = 0; i < pieces; i++) {
      if (!response.write(bytes)) await new Promise((resolve) => response.once('drain', resolve));
    }
    response.end();
  };
}

/** Serves one contender, and does what the parent process asks for. */
async function runServer(name: string, series: number): Promise<void> {
  const filled = (await contenders()).get(name)?.();
  if (filled !== undefined) change(filled, series / 2);
  const server = createServer(filled?.serve ?? (await sendBytes(series)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  let isWatching = false;
  let block = 0;
  let last = 0;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const turn = () => {
    const now = performance.now();
    block = Math.max(block, now - last);
    last = now;
    if (isWatching) setImmediate(turn);
  };
  const run = async (command: Command): Promise<number> => {
    const start = performance.now();
    if (command === 'page') await filled?.page();
    else if ('watchDelay' in command) {
      if (!command.watchDelay) {
        delay.disable();
        return delay.percentile(99.9) / 1e6;
      }
      delay.reset();
      delay.enable();
    } else if ('watch' in command) {
      isWatching = command.watch;
      if (!isWatching) return block;
      block = 0;
      last = start;
      turn();
    } else if (filled !== undefined && command.change > 0) change(filled, series / 2, command.change);
    return performance.now() - start;
  };
  process.on('message', (command) => void run(command as Command).then((answer) => process.send?.(answer)));
  process.send?.((server.address() as AddressInfo).port);
}

if (require.main === module) void runServer(process.argv[2] ?? '', Number(process.argv[3]));
