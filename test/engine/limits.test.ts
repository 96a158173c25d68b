import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Counter } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { CUMULATIVE, DELTA, setUp, TestReader } from './readers';

const add = (counter: Counter, ...ids: readonly string[]) => {
  for (const id of ids) counter.add(1, { id });
};

// OpenTelemetry specification, Metrics SDK, Cardinality limits.
describe('Cardinality limits', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  it('Cardinality limits give a limit of N sets N points, and an overflow point to the first set beyond', async () => {
    const { meter, reader } = setUp({ cardinalityLimit: 3 });
    const counter = meter.createCounter('c');
    add(counter, 'a', 'b', 'c');
    expect(await reader.values('c')).toEqual({ a: 1, b: 1, c: 1 });
    add(counter, 'd', 'e', 'a');
    expect(await reader.values('c')).toEqual({ a: 2, b: 1, c: 1, overflow: 2 });
    expect(reader.producer.counts().overflowMeasurements.get('c')).toBe(2);
    expect(diagnostics.messages()).toHaveLength(1);
  });

  it('Cardinality limits do not count series that were bound and never recorded on', async () => {
    const { meter, reader } = setUp({ cardinalityLimit: 2 });
    const counter = meter.createCounter('c');
    for (let i = 0; i < 100; i++) counter.bind({ id: `${i}` });
    add(counter, 'x', 'y');
    expect(await reader.values('c')).toEqual({ x: 1, y: 1 });
  });

  it('Cardinality limits count series that were initialized to zero', async () => {
    const { meter, reader } = setUp({ cardinalityLimit: 2 });
    const counter = meter.createCounter('c');
    counter.initialize({ id: 'x' });
    counter.initialize({ id: 'y' });
    add(counter, 'z');
    expect(await reader.values('c')).toEqual({ x: 0, y: 0, overflow: 1 });
  });

  it('Cardinality limits give a handle that was bound beyond the limit a place once there is room', async () => {
    const { meter, reader } = setUp({ cardinalityLimit: 1 });
    const counter = meter.createCounter('c');
    add(counter, 'a');
    const handles = Array.from({ length: 20 }, (_, i) => counter.bind({ id: `${i}` }));
    handles[19]?.add(1);
    expect(await reader.values('c')).toEqual({ a: 1, overflow: 1 });
    expect(counter.remove({ id: 'a' })).toBe(1);
    handles[19]?.add(1);
    expect(await reader.values('c')).toEqual({ 19: 1, overflow: 1 });
  });

  it('hold for exponential histograms across collections', async () => {
    const { meter, reader } = setUp({
      cardinalityLimit: 10,
      views: [{ instrumentName: 'h', aggregation: { type: 5 } }],
    });
    const histogram = meter.createHistogram('h');
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 50; i++) histogram.record(1, { id: `${round}-${i}` });
      expect(await reader.points('h')).toHaveLength(11);
    }
  });

  it('Cardinality limits count the sets of an interval for delta readers', async () => {
    const { meter, reader } = setUp({ cardinalityLimit: 2 }, new TestReader(DELTA));
    const counter = meter.createCounter('c');
    for (let interval = 0; interval < 5; interval++) {
      add(counter, `${interval}a`, `${interval}b`, `${interval}c`);
      expect(await reader.values('c')).toEqual({ [`${interval}a`]: 1, [`${interval}b`]: 1, overflow: 1 });
    }
    expect(await reader.values('c')).toEqual({});
  });

  it('Cardinality limits use the limit of each reader, also above the default', async () => {
    const readers = [
      new TestReader(CUMULATIVE, 3),
      new TestReader(CUMULATIVE, 5000),
      new TestReader(DELTA, 7),
    ] as const;
    const counter = new MeterProvider({ readers }).getMeter('m').createCounter('c');
    for (let i = 0; i < 4000; i++) add(counter, `${i}`);
    const [small, large, delta] = await Promise.all(readers.map((reader) => reader.values('c')));
    expect([small, large, delta].map((values) => Object.keys(values ?? {}).length)).toEqual([4, 4000, 8]);
    expect([small?.overflow, delta?.overflow]).toEqual([3997, 3993]);
  });

  it('prefer the limit of a view to those of the provider and the reader', async () => {
    const { meter, reader } = setUp(
      { cardinalityLimit: 5, views: [{ instrumentName: 'c', aggregationCardinalityLimit: 1 }] },
      new TestReader(CUMULATIVE, 7),
    );
    for (const name of ['c', 'd']) add(meter.createCounter(name), 'a', 'b', 'c', 'd', 'e', 'f');
    expect(Object.keys(await reader.values('c'))).toHaveLength(2);
    expect(Object.keys(await reader.values('d'))).toHaveLength(6);
  });

  it.each([[[DELTA]], [[CUMULATIVE, DELTA]], [[DELTA, DELTA, CUMULATIVE]]])(
    'keep a bounded number of series when sets change from interval to interval (temporalities %j)',
    async (temporalities) => {
      const readers = temporalities.map((temporality) => new TestReader(temporality, 5));
      const counter = new MeterProvider({ readers }).getMeter('m').createCounter('c');
      for (let interval = 0; interval < 50; interval++) {
        for (let i = 0; i < 20; i++) add(counter, `${interval} ${i}`);
        for (const reader of readers) await reader.collect();
        expect([...counter.series()].length).toBeLessThanOrEqual(5 * readers.length + 1);
      }
    },
  );

  it('hold no removed series, though nobody collects', () => {
    const { meter } = setUp();
    const histogram = meter.createHistogram('h');
    for (let i = 0; i < 10_000; i++) {
      histogram.record(1, { id: i });
      expect(histogram.remove({ id: i })).toBe(1);
    }
    expect([...histogram.series()]).toEqual([]);
  });

  it('lose no measurement, whatever the limits, temporalities, removals and collections', async () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ op: fc.constantFrom('add', 'bound'), id: fc.nat(9), value: fc.nat(5) }) },
      {
        weight: 1,
        arbitrary: fc.record({
          op: fc.constantFrom('remove', 'remove', 'clear', 'initialize'),
          id: fc.nat(9),
          value: fc.nat(5),
        }),
      },
      { weight: 2, arbitrary: fc.record({ op: fc.constant('collect'), id: fc.nat(3), value: fc.nat(5) }) },
    );
    const limits = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 60 }), async (given, steps) => {
        const readers = [
          new TestReader(DELTA, given[0]),
          new TestReader(CUMULATIVE, given[1]),
          new TestReader(DELTA, given[2]),
        ];
        const counter = new MeterProvider({ readers }).getMeter('m').createCounter('c');
        const handles = Array.from({ length: 10 }, (_, i) => counter.bind({ id: `${i}` }));
        const totals = [0, 0, 0];
        let recorded = 0;
        let removed = 0;
        const collect = async (index: number) => {
          const reader = readers[index] as TestReader;
          const points = await reader.points('c');
          const keys = points.map(({ attributes }) => JSON.stringify(attributes));
          expect(new Set(keys).size).toBe(keys.length);
          const own = keys.filter((key) => !key.includes('overflow'));
          expect(own.length).toBeLessThanOrEqual(given[index] as number);
          const sum = points.reduce((total, { value }) => total + (value as number), 0);
          if (index === 1) totals[1] = sum;
          else totals[index] = (totals[index] as number) + sum;
        };
        for (const { op, id, value } of steps) {
          if (op === 'collect') await collect(id % 3);
          else if (op === 'initialize') counter.initialize({ id: `${id}` });
          else if (op === 'remove' || op === 'clear') {
            // What the cumulative reader had as points of their own ends with the series.
            const before = await total(readers[1] as TestReader);
            if (op === 'clear') counter.clear();
            else counter.remove({ id: `${id}` });
            removed += before - (await total(readers[1] as TestReader));
          } else {
            recorded += value;
            if (op === 'add') counter.add(value, { id: `${id}` });
            else handles[id]?.add(value);
          }
        }
        for (const index of [0, 1, 2]) await collect(index);
        expect(totals).toEqual([recorded, recorded - removed, recorded]);
      }),
      { numRuns: 500 },
    );
  });
});

async function total(reader: TestReader): Promise<number> {
  return (await reader.points('c')).reduce((sum, { value }) => sum + (value as number), 0);
}

describe('Series that were removed', () => {
  it('leave the memory of the stream also while no reader collects', async () => {
    const { meter, reader } = setUp();
    const counter = meter.createCounter('c');
    const refs: WeakRef<object>[] = [];
    for (let i = 0; i < 1000; i++) {
      const bound = counter.bind({ i });
      bound.add(1);
      refs.push(new WeakRef(bound));
      counter.remove({ i });
    }
    counter.add(1, { i: 'kept' });
    // References are cleared by a garbage collection after the turn in which they were made.
    await new Promise((resolve) => setImmediate(resolve));
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(200);
    expect(await reader.values('c')).toEqual({ kept: 1 });
  });
});
