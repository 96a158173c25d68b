import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExposition } from '../../src/exposition/decode/parser';
import { type Child, run, until } from '../servers/processes';

const SCRAPES = 3000;
const SERIES = 500;
/** What the heap may have gained, in bytes: less than one page of each ten scrapes. */
const MOST_GROWTH = 8e6;

/** An app with its endpoint. It reports its memory over the channel to its parent. */
const APP = `
const { start } = require('meterbridge');
start({ prometheus: { host: '127.0.0.1', port: 0 } }).then((sdk) => {
  const { metrics } = require('@opentelemetry/api');
  const counter = metrics.getMeter('load').createCounter('load_requests_total');
  for (let i = 0; i < ${SERIES}; i++) counter.add(i, { path: '/path/' + i });
  process.on('message', () => {
    for (let i = 0; i < 4; i++) gc();
    const { heapUsed, external } = process.memoryUsage();
    process.send({ held: heapUsed + external });
  });
  process.send({ url: sdk.urls[0] });
});`;

describe('an endpoint under load', () => {
  let app: Child;
  let url: URL;
  beforeAll(async () => {
    app = run(process.execPath, ['--expose-gc', '-e', APP], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const { url: served } = await message<{ url: string }>();
    url = new URL(served);
  });
  afterAll(() => app.stop('SIGKILL'));

  const message = <T>() => new Promise<T>((resolve) => app.process.once('message', (value) => resolve(value as T)));
  const held = async () => {
    const answer = message<{ held: number }>();
    app.process.send('held');
    return (await answer).held;
  };
  const descriptors = () => readdirSync(`/proc/${app.process.pid}/fd`).length;

  /** Does something rude to the endpoint, and does not wait for what comes of it. */
  const RUDE: readonly ((socket: Socket) => void)[] = [
    (socket) => socket.end(`GET ${url.pathname} HTTP/1.1\r\nhost: localhost\r\n`),
    (socket) => {
      socket.write(`GET ${url.pathname} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      setTimeout(() => socket.resetAndDestroy(), Math.random() * 10);
    },
    (socket) => socket.end('\0\x16\x03garbage\r\n\r\n'),
    (socket) => void setTimeout(() => socket.destroy(), 500),
    (socket) => socket.end(`POST ${url.pathname} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 999\r\n\r\nshort`),
    (socket) => socket.end(`GET ${'/x'.repeat(6000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
  ];

  const beRude = (i: number) =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(url.port), url.hostname, () => RUDE[i % RUDE.length]?.(socket));
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
    });

  it(`an endpoint under load answers ${SCRAPES} scrapes completely among disconnects, half-open sockets and invalid requests, and leaks nothing`, async () => {
    const scrape = async (): Promise<string> => {
      for (;;) {
        const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
        const body = await response.text();
        if (response.status === 200) return body;
        expect(response.status).toBe(503);
        expect(body).toContain('requests at once');
      }
    };
    for (let i = 0; i < 200; i++) parseExposition(await scrape());
    const before = await held();
    const openBefore = descriptors();
    const rude: Promise<void>[] = [];
    let next = 0;
    const scraper = async () => {
      while (next < SCRAPES) {
        const i = next++;
        if (i % 3 === 0) rude.push(beRude(i / 3));
        const page = await scrape();
        if (i % 50 === 0) expect(parseExposition(page).get('load_requests_total')?.samples).toHaveLength(SERIES);
        else expect(page.endsWith('\n')).toBe(true);
      }
    };
    await Promise.all(Array.from({ length: 8 }, scraper));
    await Promise.all(rude);
    await until(() => (descriptors() <= openBefore + 8 ? true : undefined));
    const growth = (await held()) - before;
    console.log(
      `after ${SCRAPES} scrapes: ${(growth / 1e6).toFixed(1)} MB more held, ${descriptors() - openBefore} descriptors more`,
    );
    expect(growth).toBeLessThan(MOST_GROWTH);
    expect(app.stderr()).toBe('');
  }, 120_000);
});
