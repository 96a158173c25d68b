import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { type HttpOptions, type HttpSource, type Sdk, start } from 'meterbridge';
import { allsource } from 'meterbridge/systems/allsource';
import { controlPlane } from 'meterbridge/systems/control-plane';
import { hodei } from 'meterbridge/systems/hodei';
import { ticker } from 'meterbridge/systems/ticker';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { samples } from '../../examples/programs';
import { until } from '../../servers/processes';

export const SOURCES = ['channels', 'instrumentation'] as const satisfies readonly HttpSource[];

/** Measures with a source for the tests of a suite. The suites run one after the other, in one process. */
export function measureWith(source: HttpSource, http: HttpOptions = {}): { readonly sdk: Sdk } {
  const running: { sdk: Sdk } = { sdk: undefined as unknown as Sdk };
  beforeAll(async () => {
    running.sdk = (await start({
      systems: [ticker, hodei, allsource, controlPlane],
      hostMetrics: false,
      shutdownOnExit: false,
      logger: false,
      prometheus: { server: false, scopeInfoEnabled: false },
      http: { ...http, source },
    })) as Sdk;
  });
  afterAll(() => running.sdk.shutdown());
  return running;
}

const closers: (() => unknown)[] = [];

/** Calls a function after the test. */
export function afterTest(close: () => unknown): void {
  closers.push(close);
}

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Starts a server that is closed after the test. Returns its URL. */
export async function listen(server: Server | RequestListener): Promise<string> {
  const listening = typeof server === 'function' ? createServer(server) : server;
  afterTest(() => {
    listening.closeAllConnections();
    return new Promise((resolve) => listening.close(resolve));
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const scheme = 'setSecureContext' in listening ? 'https' : 'http';
  return `${scheme}://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

/** Writes bytes to a server over a plain connection. */
export async function open(url: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  afterTest(() => socket.destroy());
  await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  return socket;
}

export async function scrape(sdk: Sdk): Promise<Map<string, number>> {
  return samples((await sdk.scrape()).body);
}

/** Waits until a series has grown by `count` during some work. Returns by how much every series has grown. */
export async function growthOf(
  sdk: Sdk,
  work: () => Promise<unknown>,
  series: string,
  count = 1,
): Promise<Map<string, number>> {
  const before = await scrape(sdk);
  await work();
  return until(async () => {
    const after = await scrape(sdk);
    const growth = new Map([...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const));
    return (growth.get(series) ?? 0) >= count ? growth : undefined;
  }, 5000);
}

/**
 * Sends generated requests one after the other, and waits until each was measured. Returns the routes of all requests that
 * were measured until then.
 */
export async function routesAfter(
  sdk: Sdk,
  url: string,
  generated: fc.Arbitrary<{ readonly path: string; readonly method: string }>,
  count: number,
): Promise<Set<string>> {
  const total = async () =>
    [...(await scrape(sdk))].reduce(
      (sum, [name, value]) => (name.startsWith('http_requests_total{') ? sum + value : sum),
      0,
    );
  const before = await total();
  await fc.assert(
    fc.asyncProperty(generated, async ({ path, method }) => {
      await get(url + path, { method });
    }),
    { numRuns: count },
  );
  await until(async () => ((await total()) - before === count ? true : undefined));
  const names = [...(await scrape(sdk)).keys()];
  return new Set(names.flatMap((name) => /^http_requests_total.*endpoint="([^"]*)"/.exec(name)?.[1] ?? []));
}

/** Waits until a number of requests are in flight. */
export async function untilInFlight(sdk: Sdk, count: number): Promise<void> {
  await until(async () => {
    const page = await scrape(sdk);
    const active = [...page].filter(([name]) => name.startsWith('http_server_active_requests{'));
    const sum = active.reduce((total, [, value]) => total + value, 0);
    return page.get('allsource_http_requests_in_flight') === count && sum === count ? true : undefined;
  });
}

/** Returns the names of the series that have grown and that begin with a prefix. */
export function grown(growth: Map<string, number>, prefix: string): string[] {
  return [...growth].filter(([name, value]) => name.startsWith(prefix) && value !== 0).map(([name]) => name);
}

export const get = (url: string, init?: RequestInit) => fetch(url, init).then((response) => response.text());

/** The series of the ticker that counts requests. */
export const requests = (method: string, endpoint: string, status: string | number) =>
  `http_requests_total{method="${method}",endpoint="${endpoint}",status="${status}"}`;
