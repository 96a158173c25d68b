import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type PageRequest, SharedPages } from '../../src/exporter/shared-page';
import type { Pieces } from '../../src/exposition/encode/encoder';
import { DEFAULT_FORMAT } from '../../src/exposition/negotiation';

const REQUEST: PageRequest = { format: DEFAULT_FORMAT, filter: undefined, callbackMillis: 1000 };

/** Pages of numbered pieces, and how many pieces were made. */
function numbered(length: number) {
  const state = { pages: 0, pieces: 0 };
  const pages = new SharedPages(async () => {
    state.pages++;
    return (function* () {
      for (let i = 0; i < length; i++) {
        yield undefined;
        state.pieces++;
        yield Buffer.from(`${i},`);
      }
    })();
  });
  return { pages, state };
}

const iterate = async (page: Promise<AsyncIterable<Uint8Array>>) => (await page)[Symbol.asyncIterator]();
const read = async (page: Promise<AsyncIterable<Uint8Array>>) => text(await page);

describe('SharedPages', () => {
  it('makes one page for concurrent requests, and gives it whole to each', async () => {
    const { pages, state } = numbered(4);
    expect(await Promise.all([1, 2, 3].map(() => read(pages.page(REQUEST))))).toEqual(Array(3).fill('0,1,2,3,'));
    expect(state).toEqual({ pages: 1, pieces: 4 });
  });

  it('makes a piece when the first reader asks for it, and not again for a slower one', async () => {
    const { pages, state } = numbered(4);
    const [fast, slow] = [await iterate(pages.page(REQUEST)), await iterate(pages.page(REQUEST))];
    expect(state.pieces).toBe(0);
    const first = (await fast.next()).value;
    await fast.next();
    expect(state.pieces).toBe(2);
    expect((await slow.next()).value).toBe(first);
    expect(state.pieces).toBe(2);
  });

  /** Pages of numbered pieces that are written again when they are given back; and how many buffers there are. */
  function reusing() {
    const buffers = new Set<Uint8Array>();
    const pages = new SharedPages(async () =>
      (function* (): Pieces {
        let spare: Uint8Array | undefined;
        for (let i = 0; i < 9; i++) {
          const piece = spare ?? Buffer.alloc(1);
          buffers.add(piece);
          piece[0] = 48 + i;
          spare = yield piece;
        }
      })(),
    );
    return { pages, buffers };
  }

  it('has a piece written again that all of its readers have released', async () => {
    const { pages, buffers } = reusing();
    const bodies = await Promise.all([pages.page(REQUEST), pages.page(REQUEST)]);
    const texts = ['', ''];
    const iterators = bodies.map((body) => body[Symbol.asyncIterator]());
    for (let i = 0; i < 9; i++) {
      for (const [reader, iterator] of iterators.entries()) {
        const { value: piece } = (await iterator.next()) as { value: Uint8Array };
        texts[reader] += String.fromCharCode(piece[0] ?? 0);
        bodies[reader]?.release(piece);
        bodies[reader]?.release(piece);
      }
    }
    expect(texts).toEqual(['012345678', '012345678']);
    // The first piece is not written again: others could have joined.
    expect(buffers.size).toBe(2);
  });

  it('never has a piece written again that one of its readers has kept, or has left behind', async () => {
    const { pages, buffers } = reusing();
    const requested = [pages.page(REQUEST), pages.page(REQUEST), pages.page(REQUEST)] as const;
    const [fast, slow, gone] = await Promise.all(requested);
    await gone[Symbol.asyncIterator]().return?.();
    let fastText = '';
    for await (const piece of fast) {
      fastText += String.fromCharCode(piece[0] ?? 0);
      fast.release(piece);
    }
    expect([fastText, await text(slow)]).toEqual(['012345678', '012345678']);
    expect(buffers.size).toBe(9);
  });

  it('makes a page of its own for a request that comes after the second piece was asked for', async () => {
    const { pages, state } = numbered(4);
    const early = await iterate(pages.page(REQUEST));
    await early.next();
    const joined = read(pages.page(REQUEST));
    await early.next();
    expect([await joined, await read(pages.page(REQUEST))]).toEqual(['0,1,2,3,', '0,1,2,3,']);
    expect(state.pages).toBe(2);
  });

  it('makes a new page after one was read to its end or left by all of its readers', async () => {
    const { pages, state } = numbered(2);
    await read(pages.page(REQUEST));
    const left = await iterate(pages.page(REQUEST));
    await left.next();
    await left.return?.();
    expect(await read(pages.page(REQUEST))).toBe('0,1,');
    expect(state.pages).toBe(3);
  });

  it('makes a page of its own for another format, filter or timeout', async () => {
    const { pages, state } = numbered(2);
    const requests: PageRequest[] = [
      REQUEST,
      { ...REQUEST, format: { ...DEFAULT_FORMAT, name: 'protobuf' } },
      { ...REQUEST, format: { ...DEFAULT_FORMAT, escaping: 'dots' } },
      { ...REQUEST, filter: () => true },
      { ...REQUEST, callbackMillis: 1 },
    ];
    await Promise.all(requests.map((request) => read(pages.page(request))));
    expect(state.pages).toBe(requests.length);
  });

  it('rejects for each request that shares a collection which fails, and collects again for the next', async () => {
    let fails = true;
    const pages = new SharedPages(async () => {
      if (fails) throw new Error('broken');
      return (function* () {
        yield Buffer.from('ok');
      })();
    });
    const results = await Promise.allSettled([pages.page(REQUEST), pages.page(REQUEST)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await read(pages.page(REQUEST))).toBe('ok');
  });

  it('SharedPages lets the event loop run while it makes a large page', async () => {
    const pages = new SharedPages(async () =>
      (function* () {
        for (let i = 0; i < 30; i++) {
          const end = performance.now() + 1;
          while (performance.now() < end);
          yield Buffer.from('x');
        }
      })(),
    );
    let turns = 0;
    let isReading = true;
    const turn = () => {
      turns++;
      if (isReading) setImmediate(turn);
    };
    setImmediate(turn);
    await read(pages.page(REQUEST));
    isReading = false;
    expect(turns).toBeGreaterThan(5);
  });
});
