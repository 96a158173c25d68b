import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { CollectedStream } from '../../src/collection/slices';
import { CUMULATIVE, DELTA, observeGrowth, setUp, TestReader } from './readers';

/** Makes every step of a walk last so long that the walk pauses after it. */
function slowDown(): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 1000;
    return now;
  });
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('Asynchronous instruments with many sets', () => {
  it.each([
    ['are new', 1],
    ['are known', 2],
    ['exceed the limit', 3],
  ])('let the event loop run for every 500 observations when the sets %s', async (_, rounds) => {
    const count = 20_000;
    const { meter, reader } = setUp({ cardinalityLimit: rounds === 3 ? 100 : count });
    let turns = 0;
    let isCollecting = true;
    const countTurns = () => {
      turns++;
      if (isCollecting) setImmediate(countTurns);
    };
    meter.createObservableGauge('o').addCallback((result) => {
      for (let i = 0; i < count; i++) result.observe(i, { id: `${i}` });
    });
    for (let i = 1; i < rounds; i++) await reader.collect();
    slowDown();
    setImmediate(countTurns);
    await reader.producer.collectSlices();
    isCollecting = false;
    expect(turns).toBeGreaterThanOrEqual(count / 500);
  });

  it('are read in the order in which they were observed, whether they are new or known', async () => {
    const { meter, reader } = setUp();
    const ids = Array.from({ length: 1200 }, (_, i) => `${(i * 7) % 1200}`);
    meter.createObservableGauge('o').addCallback((result) => {
      for (const id of ids) result.observe(1, { id });
    });
    for (let i = 0; i < 2; i++) {
      expect((await reader.points('o')).map(({ attributes }) => attributes.id)).toEqual(ids);
    }
  });

  it('give collections that overlap complete and consistent data', async () => {
    slowDown();
    const readers = [
      new TestReader(CUMULATIVE, 3000),
      new TestReader(DELTA, 3000),
      new TestReader(DELTA, 3000),
    ] as const;
    const findTotal = observeGrowth(readers, (result, total) => {
      for (let i = 0; i < 2000; i++) result.observe(total, { id: i });
    });
    /** Collects, and returns the value that all points have. */
    const collect = async (reader: TestReader) => {
      const points = await reader.points('o');
      expect(points).toHaveLength(2000);
      const values = new Set(points.map((point) => point.value as number));
      expect(values.size).toBe(1);
      return [...values][0] as number;
    };
    const deltas = [0, 0];
    const [cumulative, ...deltaReaders] = readers;
    for (let i = 0; i < 4; i++) {
      const overlapping: Promise<unknown>[] = deltaReaders.map(async (reader, position) => {
        (deltas[position] as number) += await collect(reader);
      });
      overlapping.push(collect(cumulative));
      // Another round, while the first one is aggregated.
      await new Promise(setImmediate);
      overlapping.push(collect(cumulative));
      overlapping.push(
        collect(deltaReaders[0] as TestReader).then((delta) => {
          (deltas[0] as number) += delta;
        }),
      );
      await Promise.all(overlapping);
    }
    expect(findTotal()).toBe(80);
    // The second reader has not collected the last round.
    expect(deltas).toEqual([80, 70]);
    expect(await collect(cumulative)).toBe(90);
  });

  it('show what their own collection observed, also if they are read after the next one', async () => {
    const { meter, reader } = setUp();
    let value = 1;
    meter.createObservableCounter('o').addCallback((result) => result.observe(value, { id: 'a' }));
    const first = await reader.producer.collectSlices();
    value = 5;
    const second = await reader.producer.collectSlices();
    const values = (streams: readonly CollectedStream[]) =>
      streams.flatMap((stream) => [...stream.slices()].flat().map((point) => point.value));
    expect([values(second.streams), values(first.streams)]).toEqual([[5], [1]]);
  });

  it.each(['complete', 'fail'])(
    'keep no memory of sets that callbacks no longer observe when they %s',
    async (outcome) => {
      const { meter, reader } = setUp();
      let round = 0;
      meter.createObservableGauge('o').addCallback((result) => {
        for (let i = 0; i < 5000; i++) result.observe(i, { id: `a set of round ${round}, number ${i}` });
        if (outcome === 'fail') throw new Error('the callback fails');
      });
      setFlagsFromString('--expose-gc');
      const collectGarbage = runInNewContext('gc');
      const heldAfter = async (rounds: number) => {
        for (; round < rounds; round++) await reader.collect();
        collectGarbage();
        return process.memoryUsage().heapUsed;
      };
      const before = await heldAfter(8);
      const after = await heldAfter(40);
      // Each round has more than 1 MB.
      expect((after - before) / 1e6).toBeLessThan(5);
    },
  );

  it('that a view joins in one stream add up, also if one of them is created later', async () => {
    const { meter, reader } = setUp({
      views: [
        { instrumentName: 'a', name: 'joined' },
        { instrumentName: 'b', name: 'joined' },
      ],
    });
    const create = (name: string, value: number, ids: readonly string[]) =>
      meter.createObservableUpDownCounter(name).addCallback((result) => {
        for (const id of ids) result.observe(value, { id });
      });
    create('a', 1, ['x', 'y']);
    expect(await reader.values('joined')).toEqual({ x: 1, y: 1 });
    create('b', 10, ['y', 'z']);
    for (let i = 0; i < 2; i++) expect(await reader.values('joined')).toEqual({ x: 1, y: 11, z: 10 });
  });

  it('count the last observation of a set when callbacks take turns', async () => {
    const { meter, reader } = setUp();
    const gauge = meter.createObservableUpDownCounter('o');
    for (const offset of [0, 100]) {
      gauge.addCallback(async (result) => {
        for (let i = 1; i <= 3; i++) {
          result.observe(offset + i, { id: 'both' });
          result.observe(offset + i, { id: offset });
          await undefined;
        }
      });
    }
    for (let i = 0; i < 2; i++) expect(await reader.values('o')).toEqual({ 0: 3, 100: 103, both: 103 });
  });
});
