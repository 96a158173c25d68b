import {
  type Attributes,
  type Context,
  type ContextManager,
  context as contexts,
  type HrTime,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { AggregationType, createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import type { Exemplar } from '../../src/collection/points';
import type { ExemplarReservoir } from '../../src/engine/exemplar-reservoir';
import { MeterProvider } from '../../src/engine/meter-provider';
import { CUMULATIVE, DELTA, setUp, TestReader } from './readers';

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const sampled = trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceFlags: TraceFlags.SAMPLED });
const unsampled = trace.setSpanContext(ROOT_CONTEXT, { ...SPAN, traceFlags: TraceFlags.NONE });
const keepRoute = { instrumentName: '*', attributesProcessors: [createAllowListAttributesProcessor(['route'])] };

/** Carries contexts through synchronous calls. */
class SyncContextManager implements ContextManager {
  private current = ROOT_CONTEXT;
  active(): Context {
    return this.current;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.current;
    this.current = context;
    try {
      return fn.call(thisArg as ThisParameterType<F>, ...args);
    } finally {
      this.current = before;
    }
  }
  bind<T>(_context: Context, target: T): T {
    return target;
  }
  enable(): this {
    return this;
  }
  disable(): this {
    return this;
  }
}

const exemplars = async (reader: TestReader, name: string) =>
  (await reader.points(name)).map(({ exemplars: each = [] }) => each.map((e) => [e.value, e.filteredAttributes]));

// OpenTelemetry specification, Metrics SDK, Exemplar.
describe('Exemplars', () => {
  afterEach(() => contexts.disable());

  it('Exemplars of trace_based come from sampled spans alone, in an explicit context or the active one', async () => {
    const { meter, reader } = setUp();
    const counter = meter.createCounter('c');
    counter.add(1, { id: 'a' }, unsampled);
    counter.add(2, { id: 'b' }, sampled);
    counter.add(3, { id: 'c' });
    const points = await reader.points('c');
    expect(
      points.map((point) => point.exemplars?.map(({ value, traceId, spanId }) => ({ value, traceId, spanId }))),
    ).toEqual([undefined, [{ value: 2, ...SPAN }], undefined]);
    contexts.setGlobalContextManager(new SyncContextManager());
    contexts.with(sampled, () => counter.add(4, { id: 'new' }));
    expect((await reader.points('c')).at(-1)?.exemplars).toMatchObject([{ value: 4 }]);
    contexts.with(sampled, () => counter.add(5, { id: 'a' }));
    expect((await reader.points('c'))[0]?.exemplars).toMatchObject([{ value: 5 }]);
  });

  it('Exemplars are none under always_off, and have no span under always_on without one', async () => {
    const off = setUp({ exemplarFilter: 'always_off' });
    off.meter.createCounter('c').add(1, {}, sampled);
    expect(await exemplars(off.reader, 'c')).toEqual([[]]);
    const on = setUp({ exemplarFilter: 'always_on', now: () => 1500 });
    on.meter.createCounter('c').add(1);
    expect((await on.reader.points('c'))[0]?.exemplars).toEqual([
      { value: 1, timestamp: [1, 500_000_000], filteredAttributes: {} },
    ]);
  });

  it('Exemplars have the attributes of their own measurement that a view removed, however it was made', async () => {
    const { meter, reader } = setUp({ exemplarFilter: 'always_on', views: [keepRoute] });
    const counter = meter.createCounter('c');
    const bound = counter.bind({ route: '/a', user: 'alice' });
    const recorded: [() => void, number, Attributes][] = [
      [() => counter.add(1, { route: '/a', user: 'bob' }), 1, { user: 'bob' }],
      [() => counter.add(2, { route: '/a' }), 2, {}],
      [() => bound.add(3), 3, { user: 'alice' }],
      [() => counter.add(4, { route: '/a', user: 'carol' }, sampled), 4, { user: 'carol' }],
      [() => bound.add(5, sampled), 5, { user: 'alice' }],
    ];
    for (const [record, value, filtered] of recorded) {
      record();
      expect(await exemplars(reader, 'c')).toEqual([[[value, filtered]]]);
    }
  });

  it('never have the attributes of a measurement that was refused, or of a series that was bound', async () => {
    const { meter, reader } = setUp({ exemplarFilter: 'always_on', views: [keepRoute] });
    const histogram = meter.createHistogram('h');
    const bound = histogram.bind({ route: '/a' });
    bound.record(1);
    histogram.record(-1, { route: '/a', user: 'alice' });
    histogram.bind({ route: '/b', user: 'bob' });
    bound.record(2);
    expect(await exemplars(reader, 'h')).toEqual([[[2, {}]]]);
  });

  it('Exemplars of the overflow point have all attributes', async () => {
    const readers = [new TestReader(CUMULATIVE, 1), new TestReader(DELTA, 5)] as const;
    for (const group of [[readers[0]], [new TestReader(CUMULATIVE, 1), readers[1]]]) {
      const meter = new MeterProvider({ readers: group, exemplarFilter: 'always_on' }).getMeter('m');
      const counter = meter.createCounter('c');
      counter.add(1, { id: 'a' });
      counter.add(2, { id: 'b' });
      expect(await exemplars(group[0] as TestReader, 'c')).toEqual([[[1, {}]], [[2, { id: 'b' }]]]);
    }
  });

  it('Exemplars of a delta are those of its interval, for each reader apart', async () => {
    const readers = [new TestReader(DELTA), new TestReader(DELTA), new TestReader(CUMULATIVE)] as const;
    const counter = new MeterProvider({ readers, exemplarFilter: 'always_on' }).getMeter('m').createCounter('c');
    counter.add(1);
    expect(await exemplars(readers[0], 'c')).toEqual([[[1, {}]]]);
    counter.add(2);
    expect(await exemplars(readers[0], 'c')).toEqual([[[2, {}]]]);
    expect((await exemplars(readers[1], 'c')).flat()).toHaveLength(1);
    for (let i = 0; i < 2; i++) expect((await exemplars(readers[2], 'c')).flat()).toHaveLength(1);
  });

  it('Exemplars of a counter change with the measurements of each interval, however many there were before', async () => {
    const { meter, reader } = setUp({ exemplarFilter: 'always_on' });
    const counter = meter.createCounter('c');
    for (let i = 0; i < 100_000; i++) counter.add(1);
    for (let i = 2; i < 20; i++) {
      await reader.collect();
      counter.add(i);
      expect(await exemplars(reader, 'c')).toEqual([[[i, {}]]]);
    }
  });

  it('Exemplars of a histogram stay in buckets that had no later measurement', async () => {
    const { meter, reader } = setUp({ exemplarFilter: 'always_on' });
    const histogram = meter.createHistogram('h', { advice: { explicitBucketBoundaries: [10, 20] } });
    for (const value of [25, 5, 6]) histogram.record(value);
    await reader.collect();
    histogram.record(7);
    expect(await exemplars(reader, 'h')).toEqual([
      [
        [7, {}],
        [25, {}],
      ],
    ]);
  });

  it('Exemplars of an exponential histogram are at most 20, or as many as it has buckets', async () => {
    for (const [maxSize, expected] of [
      [160, 20],
      [4, 4],
    ] as const) {
      const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize } } as const;
      const { meter, reader } = setUp({ exemplarFilter: 'always_on', views: [{ instrumentName: 'h', aggregation }] });
      const histogram = meter.createHistogram('h');
      for (let i = 0; i < 100; i++) histogram.record(i);
      expect((await exemplars(reader, 'h')).flat()).toHaveLength(expected);
    }
  });

  it('exist for asynchronous instruments, with the context of the callback', async () => {
    contexts.setGlobalContextManager(new SyncContextManager());
    const { meter, reader } = setUp({ views: [keepRoute] });
    meter.createObservableGauge('o').addCallback((result) => {
      contexts.with(sampled, () => result.observe(7, { route: '/', user: 'alice' }));
    });
    expect((await reader.points('o'))[0]?.exemplars).toMatchObject([
      { value: 7, ...SPAN, filteredAttributes: { user: 'alice' } },
    ]);
  });

  it('Exemplars come from the reservoir of a view, one for each series and reader', async () => {
    class First implements ExemplarReservoir {
      static created = 0;
      private readonly kept: Exemplar[] = [];
      constructor() {
        First.created++;
      }
      offer(value: number, timestamp: HrTime, attributes: Attributes, _context: Context): void {
        if (this.kept.length === 0) this.kept.push({ value, timestamp, filteredAttributes: attributes });
      }
      collect(): Exemplar[] {
        return this.kept.splice(0);
      }
    }
    const { meter, reader } = setUp({
      exemplarFilter: 'always_on',
      views: [{ instrumentName: 'c', exemplarReservoir: () => new First() }],
    });
    const counter = meter.createCounter('c');
    for (const id of ['a', 'b']) for (const value of [1, 2]) counter.add(value, { id });
    expect(await exemplars(reader, 'c')).toEqual([[[1, { id: 'a' }]], [[1, { id: 'b' }]]]);
    expect(First.created).toBe(2);
  });

  const fail = () => {
    throw new Error('no');
  };
  it.each<[string, () => ExemplarReservoir]>([
    ['that throws', () => ({ offer: fail, collect: fail })],
    ['that cannot be created', fail],
    ['that returns no list', () => ({ offer: () => {}, collect: () => undefined as never })],
  ])('of a reservoir %s are left out, and the measurement counts', async (_, exemplarReservoir) => {
    const { meter, reader } = setUp({
      exemplarFilter: 'always_on',
      views: [{ instrumentName: 'c', exemplarReservoir }],
    });
    meter.createCounter('c').add(1);
    const [point] = await reader.points('c');
    expect([point?.value, point?.exemplars]).toEqual([1, undefined]);
  });

  it('hold no attribute that an encoder cannot write', async () => {
    const { meter, reader } = setUp({ exemplarFilter: 'always_on', views: [keepRoute] });
    meter.createCounter('c').add(1, { route: '/', bad: 1n } as never);
    expect(await exemplars(reader, 'c')).toEqual([[[1, { bad: '1' }]]]);
  });
});
