import { execFileSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { contenders } from './fill';
import { printTable } from './measure';

const EACH = 20_000;

/** Measures the bytes of a series after a scrape. Each contender runs in its own process. */
export async function benchMemory(): Promise<void> {
  const row = new Map<string, number>();
  for (const name of (await contenders()).keys()) {
    const output = execFileSync(process.execPath, ['--expose-gc', __filename, name], { encoding: 'utf8' });
    row.set(name, Number(output.trim()));
  }
  printTable(
    'Memory held, half counters and half histograms with 12 buckets, after a scrape',
    'bytes a series',
    new Map([[`${2 * EACH} series`, row]]),
  );
}

async function measureOne(name: string): Promise<void> {
  const filled = (await contenders()).get(name)?.();
  if (filled === undefined) throw new Error(`no contender ${name}`);
  filled.fill(1);
  const server = createServer((incoming, response) => filled.serve(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await scrape(port);
  const before = held();
  filled.fill(EACH);
  await scrape(port);
  // The connection holds the page until it is closed.
  await new Promise((resolve) => setTimeout(resolve, 200));
  console.log(((held() - before) / (2 * EACH)).toFixed(0));
  process.exit();
}

function scrape(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume();
      response.on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}

function held(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (require.main === module) void measureOne(process.argv[2] ?? '');
