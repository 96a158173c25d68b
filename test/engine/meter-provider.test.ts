import {
  AggregationType,
  DataPointType,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { findCapabilities, findLifecycle } from '../../src/instruments/capabilities';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { allMetrics, CUMULATIVE, DELTA, millis, setUp, TestReader } from './readers';

let diagnostics: Diagnostics;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(() => diagnostics.stop());

class HangingReader extends TestReader {
  protected override onForceFlush(): Promise<void> {
    return new Promise(() => {});
  }
  protected override onShutdown(): Promise<void> {
    return new Promise(() => {});
  }
}

// OpenTelemetry specification, Metrics SDK, Shutdown and ForceFlush.
describe('MeterProvider', () => {
  it('shuts each reader down once, and gives no-op meters afterwards', async () => {
    const { provider, meter, reader } = setUp();
    const counter = meter.createCounter('c');
    const bound = counter.bind({ id: 'a' });
    bound.add(1);
    const lifecycle = findLifecycle(meter);
    expect(lifecycle?.isActive).toBe(true);
    await provider.shutdown();
    await provider.shutdown();
    expect(reader.shutdowns).toBe(1);
    expect(lifecycle?.isActive).toBe(false);
    const late = provider.getMeter('x').createHistogram('h');
    late.bind({ id: 'a' }).record(1);
    late.record(1);
    expect([late.bind().get(), late.get(), late.remove({})]).toEqual([{ count: 0, sum: 0 }, undefined, 0]);
    expect((late as unknown as { enabled(): boolean }).enabled()).toBe(false);
    for (const add of [() => bound.add(1), () => counter.add(1, { id: 'b' }), () => counter.initialize({ id: 'c' })])
      add();
    expect([...counter.series()]).toEqual([]);
    expect((meter.createCounter('later') as unknown as { enabled(): boolean }).enabled()).toBe(false);
  });

  it('MeterProvider lets readers collect while they shut down', async () => {
    let last: unknown;
    class LastReader extends TestReader {
      protected override async onShutdown(): Promise<void> {
        last = await this.values('c');
      }
    }
    const { provider, meter } = setUp({}, new LastReader());
    meter.createCounter('c').add(3);
    await provider.shutdown();
    expect(last).toEqual({ '': 3 });
  });

  it.each(['forceFlush', 'shutdown'] as const)(
    'rejects %s when a reader takes too long, and reaches the others',
    async (action) => {
      const other = new TestReader();
      const provider = new MeterProvider({ readers: [new HangingReader(), other] });
      await expect(provider[action]({ timeoutMillis: 10 })).rejects.toThrow();
      if (action === 'shutdown') expect(other.shutdowns).toBe(1);
    },
  );

  it('exports through a stock periodic reader and exporter, and flushes them', async () => {
    const exporter = new InMemoryMetricExporter(CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const provider = new MeterProvider({
      readers: [reader],
      views: [{ instrumentName: 'e', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
    });
    const meter = provider.getMeter('m', '1.0', { schemaUrl: 'https://x/1' });
    meter.createCounter('c').add(1);
    meter.createHistogram('e').record(2);
    meter.createObservableGauge('o').addCallback((result) => result.observe(3));
    await provider.forceFlush({ timeoutMillis: 10_000 });
    const [exported] = exporter.getMetrics();
    expect(exported?.scopeMetrics).toMatchObject([
      {
        scope: { name: 'm', version: '1.0', schemaUrl: 'https://x/1' },
        metrics: [
          {
            descriptor: { name: 'c' },
            dataPointType: DataPointType.SUM,
            isMonotonic: true,
            dataPoints: [{ value: 1 }],
          },
          { descriptor: { name: 'e' }, dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM },
          { descriptor: { name: 'o' }, dataPointType: DataPointType.GAUGE, dataPoints: [{ value: 3 }] },
        ],
      },
    ]);
    await provider.shutdown({ timeoutMillis: 10_000 });
  });

  it('says once that there is nothing to flush after a shutdown', async () => {
    const { provider } = setUp();
    await provider.shutdown();
    diagnostics.messages();
    for (let i = 0; i < 2; i++) await provider.forceFlush();
    expect(diagnostics.messages()).toHaveLength(1);
  });

  it('refuses a reader of another provider', () => {
    const { reader } = setUp();
    expect(() => new MeterProvider({ readers: [reader] })).toThrow();
  });

  it('keeps its own copy of the attributes of a resource without loading the resources package', async () => {
    const { reader } = setUp({ resource: { attributes: { 'service.name': 'shop' } } });
    expect((await reader.collect()).resourceMetrics.resource.attributes).toEqual({ 'service.name': 'shop' });
  });
});

// OpenTelemetry specification, Metrics SDK, Start timestamps, and Metrics Data Model, Temporality.
describe('Timestamps', () => {
  it('Timestamps end when the collection was asked for, for every kind of instrument', async () => {
    let now = 1000;
    const { meter, reader } = setUp({ now: () => now });
    meter.createCounter('c').add(1);
    meter.createObservableGauge('o').addCallback((result) => {
      now += 300;
      result.observe(1);
    });
    const ends = allMetrics(await reader.collect()).map(({ dataPoints: [point] }) => millis(point?.endTime ?? [0, 0]));
    expect(ends).toEqual([1000, 1000]);
  });

  it('start at the first measurement of a cumulative series, and stay', async () => {
    let now = 1000;
    const { meter, reader } = setUp({ now: () => now });
    const counter = meter.createCounter('c');
    now = 1500;
    counter.add(1, { id: 'a' });
    for (now = 2000; now < 5000; now += 1000) {
      expect((await reader.points('c')).map(({ startTime }) => millis(startTime))).toEqual([1500]);
    }
  });

  it('Timestamps of deltas start at the previous collection, for all points of an instrument alike', async () => {
    let now = 1000;
    const { meter, reader } = setUp({ now: () => now }, new TestReader(DELTA));
    const counter = meter.createCounter('c');
    const starts = async () => (await reader.points('c')).map(({ startTime }) => millis(startTime));
    now = 1200;
    counter.add(1, { id: 'a' });
    now = 2000;
    expect(await starts()).toEqual([1000]);
    now = 2500;
    counter.add(1, { id: 'a' });
    counter.add(1, { id: 'b' });
    now = 3000;
    expect(await starts()).toEqual([2000, 2000]);
    now = 4000;
    expect(await starts()).toEqual([]);
    counter.add(1, { id: 'c' });
    now = 5000;
    expect(await starts()).toEqual([4000]);
  });
});

describe('Capabilities of instruments', () => {
  it('Capabilities of instruments are found by their key and typed on what getMeter returns', () => {
    const { meter } = setUp();
    for (const instrument of [meter.createCounter('a'), meter.createGauge('b'), meter.createHistogram('c')]) {
      expect(findCapabilities(instrument)).toBe(instrument);
    }
  });

  it('bind the same attributes to the same series, in whatever order', () => {
    const counter = setUp().meter.createCounter('c');
    const bound = counter.bind({ a: '1', b: '2' });
    expect(counter.bind({ b: '2', a: '1' })).toBe(bound);
    counter.add(2, { b: '2', a: '1' });
    bound.add(1);
    expect([bound.get(), counter.get({ a: '1', b: '2' }), counter.get({ a: '1' })]).toEqual([3, 3, undefined]);
  });

  it('remove every series that has the given attributes, and say how many', async () => {
    const { meter, reader } = setUp();
    const counter = meter.createCounter('c');
    for (const a of ['1', '2']) for (const b of ['x', 'y', 'z']) counter.add(1, { a, b });
    counter.bind({ a: '1', b: 'never recorded' });
    expect(counter.remove({ b: 'x' })).toBe(2);
    expect(counter.remove({ b: 'x' })).toBe(0);
    expect(counter.remove({ a: '1' })).toBe(2);
    expect(counter.remove({ c: '1' })).toBe(0);
    expect(Object.keys(await reader.values('c'))).toEqual(['2,y', '2,z']);
    expect(counter.remove({})).toBe(2);
    expect(await reader.values('c')).toEqual({});
  });

  it('initialize a series at zero once, and leave one that exists', async () => {
    const { meter, reader } = setUp();
    const [counter, gauge, histogram] = [meter.createCounter('c'), meter.createGauge('g'), meter.createHistogram('h')];
    gauge.record(5);
    for (const instrument of [counter, gauge, histogram]) for (let i = 0; i < 2; i++) instrument.initialize();
    expect([await reader.values('c'), await reader.values('g')]).toEqual([{ '': 0 }, { '': 5 }]);
    expect(await reader.points('h')).toMatchObject([{ value: { count: 0, sum: 0, min: undefined } }]);
  });

  it('leave a bound series usable after it was removed: it starts again', async () => {
    let now = 1000;
    const readers = [new TestReader(CUMULATIVE), new TestReader(DELTA)] as const;
    const meter = new MeterProvider({ readers, now: () => now }).getMeter('m');
    const histogram = meter.createHistogram('h');
    const bound = histogram.bind({ id: 'a' });
    bound.record(1);
    histogram.clear();
    expect([bound.get(), histogram.get({ id: 'a' })]).toEqual([{ count: 0, sum: 0 }, undefined]);
    now = 2000;
    bound.record(7);
    expect(histogram.bind({ id: 'a' })).toBe(bound);
    const [point] = await readers[0].points('h');
    expect(point).toMatchObject({ value: { count: 1, sum: 7 } });
    expect(millis(point?.startTime ?? [0, 0])).toBe(2000);
    // What was recorded before the removal still reaches the reader of deltas.
    expect(await readers[1].points('h')).toMatchObject([{ value: { count: 2, sum: 8 } }]);
  });

  it('Capabilities of instruments take and give values of measurements beyond 2^32', () => {
    const counter = setUp().meter.createCounter('c');
    counter.add(2 ** 40);
    counter.add(1);
    expect(counter.get()).toBe(2 ** 40 + 1);
  });
});

describe('collectSlices', () => {
  it('yields bounded pieces that are read when they are asked for, with lasting attributes', async () => {
    const { meter, reader } = setUp({ cardinalityLimit: 3000 });
    const counter = meter.createCounter('c');
    for (let id = 0; id < 2500; id++) counter.add(1, { id });
    const { streams } = await reader.producer.collectSlices();
    const [stream] = streams;
    expect(stream).toMatchObject({ size: 2500, scope: { name: 'test' }, descriptor: { name: 'c' } });
    const ids = new Set<unknown>();
    const objects: unknown[] = [];
    for (const slice of stream?.slices() ?? []) {
      expect(slice.length).toBeLessThanOrEqual(500);
      for (const { attributes, value } of slice) {
        ids.add(attributes.id);
        objects.push(attributes);
        // A piece that is read later shows what was recorded meanwhile.
        expect(value).toBe(attributes.id === 2499 ? 11 : 1);
      }
      if (ids.size === 500) {
        counter.add(10, { id: 2499 });
        counter.remove({ id: 1200 });
        counter.add(1, { id: 'new' });
        await reader.collect();
      }
    }
    expect(ids.size).toBe(2499);
    expect(ids.has(1200)).toBe(false);
    const again = [...((await reader.producer.collectSlices()).streams[0]?.slices() ?? [])].flat();
    expect(again.find(({ attributes }) => attributes.id === 0)?.attributes).toBe(objects[0]);
  });
});
