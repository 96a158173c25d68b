import { type Attributes, ValueType } from '@opentelemetry/api';
import {
  AggregationType,
  createAllowListAttributesProcessor,
  MeterProvider as StockMeterProvider,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { allMetrics, CUMULATIVE, DELTA, millis, TestReader } from '../engine/readers';

/** What both SDKs have in common, as a test needs it. */
type Meter = ReturnType<StockMeterProvider['getMeter']>;

interface Side {
  readonly reader: TestReader;
  readonly meter: Meter;
}

/** Creates a provider of each SDK with a reader of its own. */
function both(views: ViewOptions[] = [], temporality = CUMULATIVE, limit?: number): { own: Side; stock: Side } {
  const side = (Provider: typeof MeterProvider | typeof StockMeterProvider): Side => {
    const reader = new TestReader(temporality, limit);
    return { reader, meter: new Provider({ readers: [reader], views }).getMeter('test') as Meter };
  };
  return { own: side(MeterProvider), stock: side(StockMeterProvider) };
}

/** Runs the same on both SDKs. */
async function compare<T>(
  sides: { own: Side; stock: Side },
  act: (side: Side) => Promise<T>,
): Promise<{ own: T; stock: T }> {
  return { own: await act(sides.own), stock: await act(sides.stock) };
}

// Each test names the clause of the OpenTelemetry specification that the stock SDK departs from, or that leaves the choice.
describe('MeterProvider differs from the stock SDK', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  it('overflows after N sets, not at N (Cardinality limits: no overflow while sets are at most the limit)', async () => {
    expect(
      await compare(both([], CUMULATIVE, 3), async ({ meter, reader }) => {
        for (const id of [1, 2, 3]) meter.createCounter('c').add(1, { id });
        return reader.values('c');
      }),
    ).toEqual({ own: { 1: 1, 2: 1, 3: 1 }, stock: { 1: 1, 2: 1, overflow: 1 } });
  });

  it('keeps a cumulative limit across collections (Cardinality limits: a hard limit)', async () => {
    const { own, stock } = await compare(both([], CUMULATIVE, 4), async ({ meter, reader }) => {
      for (let id = 0; id < 9; id++) {
        meter.createCounter('c').add(1, { id });
        await reader.collect();
      }
      return reader.points('c');
    });
    expect([own.length, stock.length]).toEqual([5, 9]);
  });

  it('loses no observation of a sum to overflow (Cardinality limits: not dropped during an overflow)', async () => {
    const { own, stock } = await compare(both([], CUMULATIVE, 4), async ({ meter, reader }) => {
      meter.createObservableUpDownCounter('o').addCallback((result) => {
        for (let id = 0; id < 10; id++) result.observe(1, { id });
      });
      return (await reader.points('o')).reduce((sum, { value }) => sum + (value as number), 0);
    });
    expect([own, stock]).toEqual([10, 4]);
  });

  it.each(['createObservableGauge', 'createObservableCounter', 'createObservableUpDownCounter'] as const)(
    'exports only what was observed since the last collection (Asynchronous instruments, %s)',
    async (create) => {
      const { own, stock } = await compare(both(), async ({ meter, reader }) => {
        let ids = ['a', 'b'];
        meter[create]('o').addCallback((result) => {
          for (const id of ids) result.observe(1, { id });
        });
        await reader.collect();
        ids = ['b'];
        return Object.keys(await reader.values('o'));
      });
      expect({ own, stock }).toEqual({ own: ['b'], stock: ['a', 'b'] });
    },
  );

  it('adds up observations that a view makes equal (Measurement processing: each measurement counts)', async () => {
    const views = [{ instrumentName: 'o', attributesProcessors: [createAllowListAttributesProcessor([])] }];
    expect(
      await compare(both(views), async ({ meter, reader }) => {
        meter.createObservableUpDownCounter('o').addCallback((result) => {
          for (const id of [1, 2, 3]) result.observe(id, { id });
        });
        return reader.values('o');
      }),
    ).toEqual({ own: { '': 6 }, stock: { '': 3 } });
  });

  it('counts every observation of a histogram aggregation (Explicit Bucket Histogram Aggregation)', async () => {
    const views = [{ instrumentName: 'o', aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM } as const }];
    const options = { options: { boundaries: [10] } };
    const withBoundaries = views.map((view) => ({ ...view, aggregation: { ...view.aggregation, ...options } }));
    const { own, stock } = await compare(both(withBoundaries), async ({ meter, reader }) => {
      meter.createObservableGauge('o').addCallback((result) => result.observe(1));
      for (let i = 0; i < 2; i++) await reader.collect();
      return reader.points('o');
    });
    expect(own).toMatchObject([{ value: { count: 3 } }]);
    expect(stock).toMatchObject([{ value: { count: 1 } }]);
  });

  it('MeterProvider does not start a callback again while it runs (Asynchronous instruments: rounds do not overlap)', async () => {
    expect(
      await compare(both(), async ({ meter, reader }) => {
        let running = 0;
        meter.createObservableGauge('o').addCallback(() => {
          running++;
          return new Promise(() => {});
        });
        for (let i = 0; i < 3; i++) await reader.collect({ timeoutMillis: 1 });
        return running;
      }),
    ).toEqual({ own: 1, stock: 3 });
  });

  it('treats names as equal that differ in case (Instrument name: not case-sensitive)', async () => {
    const { own, stock } = await compare(both(), async ({ meter, reader }) => {
      meter.createCounter('requestCount').add(1);
      meter.createCounter('RequestCount').add(1);
      return allMetrics(await reader.collect()).map(({ descriptor }) => descriptor.name);
    });
    expect({ own, stock }).toEqual({ own: ['requestCount'], stock: ['requestCount', 'RequestCount'] });
  });

  it('applies each view that matches, also two of one name (Measurement processing: independently)', async () => {
    const views: ViewOptions[] = [
      { instrumentName: 'x' },
      { instrumentName: 'x', aggregation: { type: AggregationType.LAST_VALUE } },
    ];
    const { own, stock } = await compare(both(views), async ({ meter, reader }) => {
      for (const value of [1, 2]) meter.createCounter('x').add(value);
      return (await reader.points('x')).map(({ value }) => value);
    });
    // The stock SDK counts each measurement twice in the first stream.
    expect({ own, stock }).toEqual({ own: [3, 2], stock: [6] });
  });

  it('takes ? and further asterisks in patterns as wildcards (View: wildcards)', async () => {
    for (const pattern of ['*http*', 'my.????.x']) {
      const views: ViewOptions[] = [{ instrumentName: pattern, aggregation: { type: AggregationType.DROP } }];
      const { own, stock } = await compare(both(views), async ({ meter, reader }) => {
        meter.createCounter('my.http.x').add(1);
        return (await reader.points('my.http.x')).length;
      });
      expect({ own, stock }).toEqual({ own: 0, stock: 1 });
    }
  });

  it('selects by schema URL only meters that have it (View: meter_schema_url)', async () => {
    const views: ViewOptions[] = [{ meterSchemaUrl: 'https://x/1', aggregation: { type: AggregationType.DROP } }];
    const { own, stock } = await compare(both(views), async ({ meter, reader }) => {
      meter.createCounter('c').add(1);
      return (await reader.points('c')).length;
    });
    expect({ own, stock }).toEqual({ own: 1, stock: 0 });
  });

  it('MeterProvider starts all deltas at the previous collection (Start timestamps)', async () => {
    const { own, stock } = await compare(both([], DELTA), async ({ meter, reader }) => {
      const counter = meter.createCounter('c');
      counter.add(1, { id: 'a' });
      await reader.collect();
      const before = Date.now();
      while (Date.now() < before + 2) await new Promise(setImmediate);
      counter.add(1, { id: 'b' });
      return (await reader.points('c')).map(({ startTime }) => millis(startTime) <= before);
    });
    expect({ own, stock }).toEqual({ own: [true], stock: [false] });
  });

  it('keeps the scale of an exponential histogram that zeros are merged into (Base2 Exponential Histogram)', async () => {
    const views: ViewOptions[] = [
      { instrumentName: 'h', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    ];
    const { own, stock } = await compare(both(views), async ({ meter, reader }) => {
      const histogram = meter.createHistogram('h');
      histogram.record(0);
      await reader.collect();
      histogram.record(0.25);
      return reader.points('h');
    });
    expect(own).toMatchObject([{ value: { scale: 20, count: 2, zeroCount: 1 } }]);
    expect(stock).toMatchObject([{ value: { scale: 0 } }]);
  });

  it('keeps the scale of an exponential histogram when values of another sign are merged into it', async () => {
    const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;
    const { own, stock } = await compare(both([{ instrumentName: 'h', aggregation }]), async ({ meter, reader }) => {
      const counter = meter.createUpDownCounter('h');
      counter.add(1e10);
      await reader.collect();
      counter.add(-1e10);
      return reader.points('h');
    });
    expect(own).toMatchObject([{ value: { scale: 20 } }]);
    expect((stock[0]?.value as { scale?: number } | undefined)?.scale).toBeLessThan(20);
  });

  it('keeps apart attribute values that JSON writes alike (Common: equal if keys and values are equal)', async () => {
    const { own, stock } = await compare(both(), async ({ meter, reader }) => {
      const counter = meter.createCounter('c');
      for (const a of [Number.NaN, Infinity, null]) counter.add(1, { a } as Attributes);
      return (await reader.points('c')).length;
    });
    expect({ own, stock }).toEqual({ own: 3, stock: 1 });
  });

  it('ignores NaN and infinities where they would stay for good (unspecified)', async () => {
    const { own, stock } = await compare(both(), async ({ meter, reader }) => {
      const counter = meter.createCounter('c', { valueType: ValueType.DOUBLE });
      counter.add(1);
      counter.add(Number.NaN);
      return reader.values('c');
    });
    expect({ own, stock }).toEqual({ own: { '': 1 }, stock: { '': Number.NaN } });
    expect(diagnostics.messages()).toHaveLength(1);
  });

  it('copies attributes, so that the caller cannot change a series (unspecified)', async () => {
    const { own, stock } = await compare(both(), async ({ meter, reader }) => {
      const attributes = { id: 'a' };
      meter.createCounter('c').add(1, attributes);
      attributes.id = 'b';
      return reader.values('c');
    });
    expect({ own, stock }).toEqual({ own: { a: 1 }, stock: { b: 1 } });
  });
});
