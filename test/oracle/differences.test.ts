import {
  AggregationTemporality,
  MeterProvider as StockMeterProvider,
  type AggregationTemporality as Temporality,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { bind, clear, remove } from '../../src/instruments';
import { listenToDiagnostics } from '../diagnostics';
import { ManualReader } from './programs';

interface Point {
  readonly attributes: Record<string, unknown>;
  readonly value: unknown;
  readonly startTime: [number, number];
}

/** The points of a metric that a reader gets now. */
async function points(reader: ManualReader, name: string): Promise<Point[]> {
  const { resourceMetrics } = await reader.collect();
  const metric = resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .find(({ descriptor }) => descriptor.name === name);
  return (metric?.dataPoints ?? []) as unknown as Point[];
}

const values = async (reader: ManualReader, name: string) =>
  (await points(reader, name)).map(({ attributes, value }) => [
    attributes.id ?? attributes['otel.metric.overflow'],
    value,
  ]);

function both(temporality: Temporality, limit = 4) {
  const make = () => new ManualReader(temporality);
  const [engineReader, stockReader] = [make(), make()];
  const views = [{ instrumentName: 'limited', aggregationCardinalityLimit: limit }];
  return {
    engineReader,
    stockReader,
    engine: new MeterProvider({ readers: [engineReader], views }).getMeter('test'),
    stock: new StockMeterProvider({ readers: [stockReader], views }).getMeter('test'),
  };
}

/** What the engine does otherwise than the stock SDK, on purpose. */
describe('the engine differs from the stock SDK', () => {
  it('in that a cardinality limit holds for the life of the process, not for a collection', async () => {
    const said = listenToDiagnostics();
    const { engine, stock, engineReader, stockReader } = both(AggregationTemporality.CUMULATIVE);
    const [ours, theirs] = [engine.createCounter('limited'), stock.createCounter('limited')];
    for (let i = 0; i < 9; i++) {
      ours.add(1, { id: i });
      theirs.add(1, { id: i });
      await engineReader.collect();
      await stockReader.collect();
    }
    ours.add(1, { id: 1 });
    expect(await values(engineReader, 'limited')).toEqual([
      [0, 1],
      [1, 2],
      [2, 1],
      [true, 6],
    ]);
    expect(await points(stockReader, 'limited')).toHaveLength(9);
    expect(said.take().filter((line) => line.includes('limited holds 3 series, its limit'))).toHaveLength(1);
    said.stop();
  });

  it('in that an observable gauge forgets what is no longer observed', async () => {
    const { engine, stock, engineReader, stockReader } = both(AggregationTemporality.CUMULATIVE);
    let ids = ['a', 'b'];
    for (const meter of [engine, stock]) {
      meter.createObservableGauge('observed').addCallback((result) => {
        for (const id of ids) result.observe(1, { id });
      });
    }
    expect(await values(engineReader, 'observed')).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    expect(await values(stockReader, 'observed')).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
    ids = ['b'];
    expect(await values(engineReader, 'observed')).toEqual([['b', 1]]);
    expect(await values(stockReader, 'observed')).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('in that a series can be ended; a reader of deltas is told what was recorded until then', async () => {
    const { engine, engineReader } = both(AggregationTemporality.DELTA);
    const counter = engine.createCounter('ended');
    counter.add(1, { id: 'a' });
    counter.add(2, { id: 'b' });
    expect(remove(counter, { id: 'a' })).toBe(true);
    expect((await values(engineReader, 'ended')).sort()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    expect(await values(engineReader, 'ended')).toEqual([]);
    counter.add(5, { id: 'a' });
    expect(await values(engineReader, 'ended')).toEqual([['a', 5]]);
  });

  it('in that a cumulative series that was ended begins again at 0, with a start of its own', async () => {
    const { engine, engineReader } = both(AggregationTemporality.CUMULATIVE);
    const counter = engine.createCounter('ended');
    const bound = bind(counter, { id: 'a' });
    bound.add(7);
    const [before] = await points(engineReader, 'ended');
    expect(clear(counter)).toBe(true);
    expect(await points(engineReader, 'ended')).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    bound.add(1);
    const [after] = await points(engineReader, 'ended');
    expect([before?.value, after?.value]).toEqual([7, 1]);
    const millis = ([seconds, nanos]: [number, number] = [0, 0]) => seconds * 1000 + nanos / 1e6;
    expect(millis(after?.startTime)).toBeGreaterThan(millis(before?.startTime));
  });

  it('in that removing makes room under the limit', async () => {
    const { engine, engineReader } = both(AggregationTemporality.CUMULATIVE);
    const counter = engine.createCounter('limited');
    for (const id of ['a', 'b', 'c']) counter.add(1, { id });
    remove(counter, { id: 'a' });
    counter.add(1, { id: 'd' });
    expect((await values(engineReader, 'limited')).sort()).toEqual([
      ['b', 1],
      ['c', 1],
      ['d', 1],
    ]);
  });

  it('in that a counter refuses NaN and infinity, which would stay for good', async () => {
    const said = listenToDiagnostics();
    const { engine, stock, engineReader, stockReader } = both(AggregationTemporality.CUMULATIVE);
    const [ours, theirs] = [engine.createCounter('spoilt'), stock.createCounter('spoilt')];
    for (const counter of [ours, theirs]) {
      counter.add(1);
      counter.add(Number.NaN);
    }
    expect((await points(engineReader, 'spoilt'))[0]?.value).toBe(1);
    expect((await points(stockReader, 'spoilt'))[0]?.value).toBeNaN();
    expect(said.take()).toEqual(['meterbridge value: spoilt takes a finite number of at least 0, given NaN; ignored']);
    said.stop();
  });
});

describe('two readers of one engine', () => {
  it('are each told everything once, whenever they collect', async () => {
    const delta = new ManualReader(AggregationTemporality.DELTA);
    const cumulative = new ManualReader(AggregationTemporality.CUMULATIVE);
    const meter = new MeterProvider({ readers: [delta, cumulative] }).getMeter('test');
    const bound = bind(meter.createCounter('shared'), { id: 'x' });
    let sum = 0;
    for (let i = 1; i <= 50; i++) {
      bound.add(i);
      if (i % 3 === 0) for (const { value } of await points(delta, 'shared')) sum += value as number;
      if (i % 7 === 0) expect((await points(cumulative, 'shared'))[0]?.value).toBe((i * (i + 1)) / 2);
    }
    for (const { value } of await points(delta, 'shared')) sum += value as number;
    expect(sum).toBe(1275);
    expect(await points(delta, 'shared')).toEqual([]);
    expect((await points(cumulative, 'shared'))[0]?.value).toBe(1275);
  });
});
