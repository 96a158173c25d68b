import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstruments, defineCatalog, OTHER } from '../../src/instruments';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';

const catalog = defineCatalog({
  name: 'bad-input',
  metrics: {
    hits: {
      name: 'bad_hits_total',
      instrument: 'counter',
      description: 'Hits',
      labels: { kind: ['good', 'bad'], page: 'string' },
    },
    depth: { name: 'bad_depth', instrument: 'gauge', description: 'Depth' },
    open: { name: 'bad_open', instrument: 'updowncounter', description: 'Open' },
    wait: { name: 'bad_wait_seconds', instrument: 'histogram', description: 'Wait', buckets: [1] },
  },
});

describe('bad input at run time', () => {
  let said: Diagnostics;
  beforeEach(() => {
    said = listenToDiagnostics();
  });
  afterEach(() => said.stop());

  const setUp = () => {
    const served = serve({ targetInfoEnabled: false }, catalog);
    const instruments = createInstruments(served.provider.getMeter('bad-input'), catalog);
    instruments.hits.add(1, { kind: 'good', page: '/' });
    return { ...served, ...instruments };
  };
  const untouched = 'bad_hits_total{kind="good",page="/"} 1';

  it.each<[string, string]>([
    ['quotes and a backslash', 'say "hi" \\o/'],
    ['a line feed', 'two\nlines'],
    ['a carriage return', 'two\r\nlines'],
    ['emoji', '🦀'],
    ['the name of an accessor', '__proto__'],
    ['the name of a method', 'constructor'],
    ['nothing', ''],
    ['braces and commas', 'a{b="c",d="e"} 1'],
    ['a null character', 'a\0b'],
  ])('serves a label value with %s as it is', async (_, value) => {
    const { hits, page } = setUp();
    hits.add(2, { kind: 'bad', page: value });
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    const text = await page();
    expect(text).toContain(`bad_hits_total{kind="bad",page="${escaped}"} 2\n`);
    expect(text).toContain(untouched);
    expect(said.take()).toEqual([]);
  });

  it('writes a number as a string, and both are one series', async () => {
    const { hits, lines } = setUp();
    hits.add(1, { kind: 'bad', page: 5 });
    hits.add(1, { kind: 'bad', page: '5' });
    hits.add(1, { kind: 'bad', page: 5 });
    expect(await lines('bad_hits_total{kind="bad"')).toEqual(['bad_hits_total{kind="bad",page="5"} 3']);
  });

  it('replaces a lone surrogate, which UTF-8 cannot hold', async () => {
    const { hits, page } = setUp();
    hits.add(1, { kind: 'bad', page: 'a\ud800b' });
    expect(await page()).toContain('bad_hits_total{kind="bad",page="a\ufffdb"} 1');
  });

  it.each<[string, object, string, string]>([
    [
      'a value that is not listed',
      { kind: 'ugly', page: '/' },
      `kind="${OTHER}",page="/"`,
      'label kind takes good, bad; given "ugly"',
    ],
    ['a missing closed label', { page: '/' }, `kind="${OTHER}",page="/"`, 'label kind takes good, bad; given none'],
    [
      'a missing open label',
      { kind: 'bad' },
      `kind="bad",page="${OTHER}"`,
      'label page takes a string or a number; given none',
    ],
    [
      'undefined',
      { kind: 'bad', page: undefined },
      `kind="bad",page="${OTHER}"`,
      'label page takes a string or a number',
    ],
    ['null', { kind: 'bad', page: null }, `kind="bad",page="${OTHER}"`, 'given null (object)'],
    ['an object', { kind: 'bad', page: {} }, `kind="bad",page="${OTHER}"`, 'given [object Object] (object)'],
    ['a symbol', { kind: 'bad', page: Symbol('s') }, `kind="bad",page="${OTHER}"`, 'given Symbol(s) (symbol)'],
    [
      'an unprintable value',
      { kind: 'bad', page: Object.create(null) },
      `kind="bad",page="${OTHER}"`,
      'an unprintable object',
    ],
  ])('records %s under a value of its own, and says so once', async (_, labels, written, message) => {
    const { hits, page } = setUp();
    for (let i = 0; i < 3; i++) hits.add(1, labels as never);
    const text = await page();
    expect(text).toContain(`bad_hits_total{${written}} 3\n`);
    expect(text).toContain(untouched);
    const messages = said.take();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(message);
  });

  it.each([['shop'], ['__proto__x'], ['1st'], ['']])(
    'leaves out a label %j that the metric does not have, and says so once',
    async (extra) => {
      const { hits, lines } = setUp();
      for (let i = 0; i < 3; i++) hits.add(1, { kind: 'bad', page: `/${i}`, [extra]: 'x' } as never);
      expect(await lines('bad_hits_total{kind="bad"')).toEqual(
        [0, 1, 2].map((i) => `bad_hits_total{kind="bad",page="/${i}"} 1`),
      );
      expect(said.take()).toEqual([
        `meterbridge label: bad_hits_total has the labels kind, page; ${JSON.stringify(extra)} was left out`,
      ]);
    },
  );

  it.each([Number.NaN, Infinity, -Infinity, -1, '7', undefined, null, 7n])(
    'ignores an increment of %s, and says so once',
    async (value) => {
      const { hits, page } = setUp();
      for (let i = 0; i < 3; i++) hits.add(value as never, { kind: 'good', page: '/' });
      expect(await page()).toContain(`${untouched}\n`);
      expect(said.take()).toEqual([
        `meterbridge value: invalid value ${typeof value === 'string' ? '"7"' : value} of bad_hits_total: expected a finite number of at least 0; ignored`,
      ]);
    },
  );

  it.each([Number.NaN, Infinity, -0.001])('ignores a duration of %s, and says so once', async (value) => {
    const { wait, page } = setUp();
    wait.record(0.5);
    for (let i = 0; i < 3; i++) wait.record(value);
    expect(await page()).toContain('bad_wait_seconds_sum 0.5\nbad_wait_seconds_count 1\n');
    expect(said.take()).toHaveLength(1);
  });

  it('takes every number for a gauge, and any finite one for an up-down counter', async () => {
    const { depth, open, page } = setUp();
    for (const [value, written] of [
      [Number.NaN, 'NaN'],
      [Infinity, '+Inf'],
      [-Infinity, '-Inf'],
      [-0.5, '-0.5'],
      [1e21, '1e+21'],
    ] as const) {
      depth.record(value);
      expect(await page()).toContain(`bad_depth ${written}\n`);
    }
    open.add(3);
    open.add(-5);
    expect(open.get()).toBe(-2);
    open.add(Number.NaN);
    expect(await page()).toContain('bad_open -2\n');
    expect(said.take()).toEqual([
      'meterbridge value: invalid value NaN of bad_open: expected a finite number; ignored',
    ]);
  });

  it('takes a missing label set as one with every label missing', async () => {
    const { hits, page } = setUp();
    hits.add(1, undefined as never);
    hits.add(1, null as never);
    expect(await page()).toContain(`bad_hits_total{kind="${OTHER}",page="${OTHER}"} 2\n`);
  });
});

describe('series', () => {
  it('can be read back, ended and begun again', async () => {
    const { provider, lines } = serve({}, catalog);
    const { hits } = createInstruments(provider.getMeter('bad-input'), catalog);
    const labels = { kind: 'good', page: '/' } as const;
    expect(hits.get(labels)).toBe(0);
    const bound = hits.bind(labels);
    expect(await lines('bad_hits_total{')).toEqual([]);
    bound.add(2);
    hits.add(1, labels);
    expect([bound.get(), hits.get(labels)]).toEqual([3, 3]);
    hits.remove(labels);
    expect(await lines('bad_hits_total{')).toEqual([]);
    bound.add(4);
    expect(await lines('bad_hits_total{')).toEqual(['bad_hits_total{kind="good",page="/"} 4']);
    hits.clear();
    expect(await lines('bad_hits_total{')).toEqual([]);
  });

  it('stay at the limit for the life of the process, and the rest is counted together', async () => {
    const said = listenToDiagnostics();
    const limited = defineCatalog({
      name: 'limited',
      metrics: {
        users: {
          name: 'limited_users_total',
          instrument: 'counter',
          description: 'U',
          labels: { user: 'string' },
          limit: 4,
        },
      },
    });
    const { provider, lines } = serve({}, limited);
    const { users } = createInstruments(provider.getMeter('limited'), limited);
    for (let i = 0; i < 10; i++) {
      users.add(1, { user: `u${i}` });
      await lines('limited');
    }
    users.add(1, { user: 'u1' });
    expect(await lines('limited_users_total{')).toEqual([
      'limited_users_total{user="u0"} 1',
      'limited_users_total{user="u1"} 2',
      'limited_users_total{user="u2"} 1',
      'limited_users_total{otel_metric_overflow="true"} 7',
    ]);
    expect(said.take().filter((line) => line.startsWith('meterbridge overflow: limited_users_total'))).toHaveLength(1);
    said.stop();
  });
});
