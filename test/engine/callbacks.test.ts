import type { ObservableResult } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import { AggregationType, createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { allMetrics, CUMULATIVE, DELTA, millis, observeGrowth, setUp, TestReader } from './readers';

/** A promise with its own resolve function. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

// OpenTelemetry specification, Metrics SDK, Asynchronous instruments.
describe('Asynchronous instruments', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  it.each(['createObservableGauge', 'createObservableCounter', 'createObservableUpDownCounter'] as const)(
    'export only the sets that were observed since the last collection (%s)',
    async (create) => {
      const readers = [new TestReader(CUMULATIVE), new TestReader(DELTA)];
      let ids = ['a', 'b'];
      new MeterProvider({ readers })
        .getMeter('m')
        [create]('o')
        .addCallback((result) => {
          for (const id of ids) result.observe(5, { id });
        });
      for (const reader of readers) expect(Object.keys(await reader.values('o'))).toEqual(['a', 'b']);
      ids = ['b'];
      for (const reader of readers) expect(Object.keys(await reader.values('o'))).toEqual(['b']);
    },
  );

  it('Asynchronous instruments report deltas against the last value that the same reader was given', async () => {
    const readers = [new TestReader(DELTA), new TestReader(DELTA), new TestReader(CUMULATIVE)] as const;
    observeGrowth(readers, (result, total) => result.observe(total));
    const [first, second, cumulative] = readers;
    expect(await first.values('o')).toEqual({ '': 10 });
    expect(await first.values('o')).toEqual({ '': 10 });
    expect(await second.values('o')).toEqual({ '': 30 });
    expect(await cumulative.values('o')).toEqual({ '': 40 });
    expect(await first.values('o')).toEqual({ '': 30 });
  });

  it('Asynchronous instruments report the delta of a set that was not observed for a while from its last value', async () => {
    const { meter, reader } = setUp({}, new TestReader(DELTA));
    let value: number | undefined = 10;
    meter.createObservableCounter('o').addCallback((result) => {
      if (value !== undefined) result.observe(value, { id: 'a' });
    });
    expect(await reader.values('o')).toEqual({ a: 10 });
    value = undefined;
    expect(await reader.values('o')).toEqual({});
    value = 15;
    expect(await reader.values('o')).toEqual({ a: 5 });
  });

  it('Asynchronous instruments report a monotonic sum that decreased as a reset', async () => {
    const readers = [new TestReader(DELTA), new TestReader(CUMULATIVE)] as const;
    let now = 1000;
    let value = 10;
    const meter = new MeterProvider({ readers, now: () => now }).getMeter('m');
    meter.createObservableCounter('o').addCallback((result) => result.observe(value));
    for (const reader of readers) await reader.collect();
    now = 2000;
    value = 3;
    expect(await readers[0].values('o')).toEqual({ '': 3 });
    const [point] = await readers[1].points('o');
    expect([point?.value, millis(point?.startTime ?? [0, 0])]).toEqual([3, 1000]);
  });

  it('start when the instrument was created, or at the collection before a later set was first observed', async () => {
    let now = 1000;
    const { meter, reader } = setUp({ now: () => now });
    let ids = ['a'];
    meter.createObservableCounter('o').addCallback((result) => {
      for (const id of ids) result.observe(1, { id });
    });
    now = 2000;
    expect((await reader.points('o')).map(({ startTime }) => millis(startTime))).toEqual([1000]);
    ids = ['a', 'b'];
    now = 3000;
    expect((await reader.points('o')).map(({ startTime }) => millis(startTime))).toEqual([1000, 2000]);
    now = 4000;
    expect((await reader.points('o')).map(({ startTime }) => millis(startTime))).toEqual([1000, 2000]);
  });

  it('apply the limit to the sets of one round, and lose no observation of a sum', async () => {
    const { meter, reader } = setUp({ cardinalityLimit: 3 });
    let round = 0;
    meter.createObservableUpDownCounter('o').addCallback((result) => {
      for (let i = 0; i < 10; i++) result.observe(1, { id: `${round}-${i}` });
    });
    for (; round < 300; round++) {
      const values = await reader.values('o');
      expect(Object.keys(values)).toHaveLength(4);
      expect(values.overflow).toBe(7);
    }
    expect(reader.producer.counts().overflowMeasurements.get('o')).toBe(2100);
  });

  it('Asynchronous instruments keep the places of sets that were observed before when the limit is exceeded', async () => {
    const { meter, reader } = setUp({ cardinalityLimit: 2 });
    let ids = ['a', 'b'];
    meter.createObservableGauge('o').addCallback((result) => {
      for (const id of ids) result.observe(1, { id });
    });
    await reader.collect();
    ids = ['c', 'd', 'b', 'a'];
    expect(Object.keys(await reader.values('o')).sort()).toEqual(['a', 'b', 'overflow']);
  });

  it('Asynchronous instruments add up the sums of sets that a view makes equal', async () => {
    const { meter, reader } = setUp({
      views: [{ instrumentName: 'o', attributesProcessors: [createAllowListAttributesProcessor(['keep'])] }],
    });
    meter.createObservableUpDownCounter('o').addCallback((result) => {
      for (const id of ['a', 'b', 'c']) result.observe(2, { keep: 'x', id });
      result.observe(5, { keep: 'x', id: 'c' });
    });
    for (let i = 0; i < 2; i++) expect(await reader.values('o')).toEqual({ x: 9 });
  });

  it.each([AggregationType.EXPLICIT_BUCKET_HISTOGRAM, AggregationType.EXPONENTIAL_HISTOGRAM] as const)(
    'Asynchronous instruments count every observation of a histogram aggregation, for each reader apart (%s)',
    async (type) => {
      const readers = [new TestReader(CUMULATIVE), new TestReader(DELTA)] as const;
      const views = [{ instrumentName: 'o', aggregation: { type } }];
      new MeterProvider({ readers, views })
        .getMeter('m')
        .createObservableGauge('o')
        .addCallback((result) => result.observe(4));
      const count = async (reader: TestReader) =>
        ((await reader.points('o'))[0] as { value: { count: number } }).value.count;
      for (const expected of [1, 2, 3])
        expect([await count(readers[0]), await count(readers[1])]).toEqual([expected, 1]);
    },
  );

  it('share one round among concurrent collections', async () => {
    const readers = [new TestReader(), new TestReader()] as const;
    let calls = 0;
    const gate = deferred();
    new MeterProvider({ readers })
      .getMeter('m')
      .createObservableGauge('o')
      .addCallback(async (result) => {
        calls++;
        await gate.promise;
        result.observe(calls);
      });
    const collections = [readers[0].values('o'), readers[1].values('o'), readers[0].values('o')];
    gate.resolve();
    expect(await Promise.all(collections)).toEqual([{ '': 1 }, { '': 1 }, { '': 1 }]);
    expect(calls).toBe(1);
  });

  it('leave out a callback that hangs, do not start it again, and take it up after it completed', async () => {
    const { meter, reader } = setUp();
    let calls = 0;
    let gate = deferred();
    meter.createObservableGauge('slow').addCallback(async (result) => {
      calls++;
      await gate.promise;
      result.observe(calls);
    });
    meter.createObservableGauge('quick').addCallback((result) => result.observe(1));
    for (let i = 0; i < 3; i++) {
      const result = await reader.collect({ timeoutMillis: 5 });
      expect(allMetrics(result).map(({ descriptor }) => descriptor.name)).toEqual(['quick']);
      expect(result.errors).toHaveLength(1);
      expect(reader.producer.counts().hangingCallbacks).toBe(1);
    }
    expect(calls).toBe(1);
    gate.resolve();
    while (reader.producer.counts().hangingCallbacks > 0) await new Promise(setImmediate);
    // What it observed is out of date; it is called again.
    gate = deferred();
    gate.resolve();
    expect(await reader.values('slow', 1000)).toEqual({ '': 2 });
    expect(reader.producer.counts().hangingCallbacks).toBe(0);
  });

  it('wait as long as each collection says, not as the one that started the round', async () => {
    const readers = [new TestReader(), new TestReader()] as const;
    const gate = deferred();
    new MeterProvider({ readers })
      .getMeter('m')
      .createObservableGauge('o')
      .addCallback(async (result) => {
        await gate.promise;
        result.observe(1);
      });
    const patient = readers[1].values('o', 10_000);
    expect(await readers[0].values('o', 1)).toEqual({});
    gate.resolve();
    expect(await patient).toEqual({ '': 1 });
  });

  it('answer a callback that collects without waiting for it', async () => {
    const { meter, reader } = setUp();
    let calls = 0;
    let nested: Promise<unknown> | undefined;
    meter.createObservableGauge('o').addCallback(async (result) => {
      calls++;
      nested = reader.collect();
      await nested;
      result.observe(1);
    });
    expect(await reader.values('o')).toEqual({ '': 1 });
    expect(calls).toBe(1);
    await nested;
  });

  it.each<[string, (result: ObservableResult) => unknown]>([
    [
      'throws undefined',
      () => {
        throw undefined;
      },
    ],
    [
      'throws null',
      () => {
        throw null;
      },
    ],
    ['rejects with undefined', () => Promise.reject()],
    [
      'throws an error',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'throws what has no text',
      () => {
        throw Object.create(null);
      },
    ],
  ])('lose the observations of a callback that %s, and no others', async (_, fail) => {
    const { meter, reader } = setUp();
    meter.createObservableGauge('fails').addCallback((result) => {
      result.observe(1);
      return fail(result) as Promise<void>;
    });
    meter.createObservableGauge('works').addCallback((result) => result.observe(1));
    const result = await reader.collect();
    expect(allMetrics(result).map(({ descriptor }) => descriptor.name)).toEqual(['works']);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toBeInstanceOf(Error);
  });

  it("ignore observations after the callback, and of instruments that are not the batch callback's", async () => {
    const { meter, reader } = setUp();
    const [own, other] = [meter.createObservableGauge('own'), meter.createObservableGauge('other')];
    let late: ObservableResult | undefined;
    own.addCallback((result) => {
      late = result;
    });
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(own, 1);
        result.observe(other, 2);
        result.observe({} as never, 3);
      },
      [own],
    );
    await reader.collect();
    late?.observe(7);
    expect(await reader.values('own')).toEqual({ '': 1 });
    expect(await reader.values('other')).toEqual({});
  });

  it('run a batch callback once for all its instruments, until it is removed', async () => {
    const { meter, reader } = setUp();
    const [a, b] = [meter.createObservableGauge('a'), meter.createObservableCounter('b')];
    let calls = 0;
    const callback = (result: { observe(instrument: typeof a | typeof b, value: number): void }) => {
      calls++;
      result.observe(a, 1);
      result.observe(b, 2);
    };
    meter.addBatchObservableCallback(callback as never, [a, b]);
    meter.addBatchObservableCallback(callback as never, [b, a]);
    const names = allMetrics(await reader.collect()).map(({ descriptor }) => descriptor.name);
    expect([names, calls]).toEqual([['a', 'b'], 1]);
    meter.removeBatchObservableCallback(callback as never, [a, b]);
    await reader.collect();
    expect(calls).toBe(1);
  });

  it('ignore values that their instrument does not take, and truncate integers', async () => {
    const { meter, reader } = setUp();
    const observe = (name: 'createObservableCounter' | 'createObservableGauge', ...values: unknown[]) =>
      meter[name](name, { valueType: ValueType.DOUBLE }).addCallback((result) => {
        for (const [i, value] of values.entries()) result.observe(value as number, { id: i });
      });
    observe('createObservableCounter', 1, -1, Number.NaN, Infinity, '7', 1n, undefined);
    observe('createObservableGauge', Number.NaN, -Infinity, null);
    meter.createObservableGauge('int', { valueType: ValueType.INT }).addCallback((result) => result.observe(2.7));
    expect(await reader.values('createObservableCounter')).toEqual({ 0: 1 });
    expect(await reader.values('createObservableGauge')).toEqual({ 0: Number.NaN, 1: -Infinity });
    expect(await reader.values('int')).toEqual({ '': 2 });
  });
});
