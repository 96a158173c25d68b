import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labelText } from '../../src/exposition/encode/label-writer';
import type { Family } from '../../src/exposition/families';
import { readPoints } from '../../src/exposition/family-points';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { histogram, plan, planner, type Series, stream } from './streams';

/** The series of a family as they are read: labels and value. */
function read(family: Family | undefined): Record<string, unknown> {
  if (family === undefined) throw new Error('there is no family');
  const series: Record<string, unknown> = {};
  for (const run of readPoints(family)) {
    for (const { attributes, value } of run?.points ?? []) {
      const labels = labelText(run?.labels.pairs(attributes) ?? []);
      if (Object.hasOwn(series, labels)) throw new Error(`${labels} repeats`);
      series[labels] = value;
    }
  }
  return series;
}

const many = (count: number, from = 0): Series[] => Array.from({ length: count }, (_, i) => [{ id: `${i + from}` }, i]);

describe('readPoints', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  it('adds up counters whose attributes become the same labels', () => {
    const series: Series[] = [
      [{ 'a.b': 'x' }, 1],
      [{ a_b: 'x' }, 2],
      [{ n: 5 }, 3],
      [{ n: '5' }, 4],
      [{ empty: '' }, 5],
      [{}, 6],
    ];
    const { families } = plan([stream('counter', 'c', series)]);
    expect(read(families[0])).toEqual({ 'a_b="x"': 3, 'n="5"': 7, '': 11 });
    expect(diagnostics.messages()).toHaveLength(1);
  });

  it('serves the last of gauges with the same labels, from whatever stream', () => {
    const { families } = plan([stream('gauge', 'g', [[{ a: 'x' }, 1]]), stream('gauge', 'g', [[{ a: 'x' }, 2]])]);
    expect(read(families[0])).toEqual({ 'a="x"': 2 });
  });

  it('takes label sets that differ in their order for one', () => {
    const { families } = plan([
      stream('counter', 'c', [[{ a: 'x', b: 'y' }, 1]]),
      stream('counter', 'c', [[{ b: 'y', a: 'x' }, 2]]),
    ]);
    expect(Object.values(read(families[0]))).toEqual([3]);
  });

  it('adds up histograms with the same buckets, and keeps the first of two with different ones', () => {
    const twice = (second: ReturnType<typeof histogram>) =>
      plan([
        stream('histogram', 'h', [
          [{ n: 1 }, histogram([1], [1, 2], 3)],
          [{ n: '1' }, second],
        ]),
      ]).families[0];
    expect(read(twice(histogram([1], [10, 20], 30)))).toEqual({ 'n="1"': histogram([1], [11, 22], 33) });
    expect(read(twice(histogram([2], [10, 20], 30)))).toEqual({ 'n="1"': histogram([1], [1, 2], 3) });
  });

  it('adds up exponential histograms at the lower of their scales', () => {
    const native = (scale: number, offset: number, bucketCounts: number[]) => ({
      count: bucketCounts.reduce((total, each) => total + each, 0),
      sum: 1,
      scale,
      zeroCount: 0,
      positive: { offset, bucketCounts },
      negative: { offset: 0, bucketCounts: [] },
    });
    const series: Series[] = [
      [{ n: 1 }, native(1, 2, [1, 2, 3])],
      [{ n: '1' }, native(0, 0, [10])],
    ];
    const { families } = plan([stream('native', 'n', series)]);
    expect(read(families[0])).toEqual({ 'n="1"': { ...native(0, 0, [10, 3, 3]), sum: 2 } });
  });

  it('hands out a large family while it is read, not after it', () => {
    const { families } = plan([stream('counter', 'c', many(20_000), { slice: 500 })]);
    const family = families[0] as Family;
    let pulled = 0;
    const slow = {
      ...family,
      parts: family.parts.map((part) => ({
        ...part,
        stream: {
          ...part.stream,
          *slices() {
            for (const points of part.stream.slices()) {
              pulled += points.length;
              yield points;
            }
          },
        },
      })),
    };
    const first = readPoints(slow).next();
    expect(first.value?.points).toHaveLength(500);
    expect(pulled).toBeLessThan(3000);
  });

  it('pauses while it merges a large family', () => {
    const { families } = plan([stream('counter', 'c', many(10_000)), stream('counter', 'c', many(10_000, 5000))]);
    const pauses = [...readPoints(families[0] as Family)].filter((run) => run === undefined).length;
    expect(pauses).toBeGreaterThan(15);
  });

  it('readPoints leaves out a series that repeats one already handed out, once, and merges it from then on', () => {
    const families = planner();
    const series: Series[] = [...many(10_000), [{ id: 7 }, 100], [{ id: 20_000 }, 1], [{ id: '20000' }, 2]];
    const collect = () =>
      read(
        families.plan({ resource: { attributes: {} }, streams: [stream('counter', 'c', series, { slice: 500 })] })
          .families[0],
      );
    const first = collect();
    expect([first['id="7"'], first['id="20000"']]).toEqual([7, 3]);
    const second = collect();
    expect([second['id="7"'], second['id="20000"']]).toEqual([107, 3]);
    expect(Object.keys(first).filter((labels) => !Object.hasOwn(second, labels))).toEqual([]);
  });

  it.each<[string, Parameters<typeof stream>[0], Series[]]>([
    [
      'counters that are negative or not a number',
      'counter',
      [
        [{ a: '1' }, -1],
        [{ a: '2' }, Number.NaN],
      ],
    ],
    ['gauges without a number', 'gauge', [[{ a: '1' }, undefined as never]]],
    ['histograms without ascending boundaries', 'histogram', [[{ a: '1' }, histogram([2, 1], [1, 1, 1], 1)]]],
    ['histograms without a count for each bucket', 'histogram', [[{ a: '1' }, histogram([1, 2], [1, 1], 1)]]],
    [
      'exponential histograms without a sum',
      'native',
      [
        [
          { a: '1' },
          {
            count: 0,
            scale: 0,
            zeroCount: 0,
            positive: { offset: 0, bucketCounts: [] },
            negative: { offset: 0, bucketCounts: [] },
          },
        ],
      ],
    ],
  ])('readPoints leaves out %s', (_, kind, series) => {
    const { families } = plan([stream(kind, 'x', series)]);
    expect(read(families[0])).toEqual({});
    expect(diagnostics.messages()).toHaveLength(1);
  });
});
