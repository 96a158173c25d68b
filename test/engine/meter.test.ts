import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { allMetrics, setUp, TestReader } from './readers';

let diagnostics: Diagnostics;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(() => diagnostics.stop());

// OpenTelemetry specification, Metrics SDK, Instrument name, unit, description and advisory parameters.
describe('Creating an instrument', () => {
  it.each<[string, unknown, number]>([
    ['options null', null, 1],
    ['unit null', { unit: null }, 0],
    ['description null', { description: null }, 0],
    ['a unit that is a number', { unit: 1 }, 1],
    ['advice null', { advice: null }, 1],
    ['boundaries null', { advice: { explicitBucketBoundaries: null } }, 1],
    ['boundaries that are no list', { advice: { explicitBucketBoundaries: '1,2' } }, 1],
    ['boundaries that repeat', { advice: { explicitBucketBoundaries: [1, 1, 2] } }, 1],
    ['boundaries 0 and -0', { advice: { explicitBucketBoundaries: [-0, 0] } }, 1],
    ['boundaries with NaN', { advice: { explicitBucketBoundaries: [1, Number.NaN] } }, 1],
  ])('takes %s as if it was not given', async (_, options, reports) => {
    const { meter, reader } = setUp();
    for (let i = 0; i < 2; i++) meter.createHistogram('h', options as never).record(1);
    const [metric] = allMetrics(await reader.collect());
    expect(metric?.descriptor).toMatchObject({ unit: '', description: '', advice: {} });
    expect(metric?.dataPoints[0]?.value).toMatchObject({ count: 2, buckets: { boundaries: { length: 15 } } });
    expect(diagnostics.codes()).toEqual(Array(reports).fill('instrument'));
  });

  it('reports an invalid name and yet records', async () => {
    const { meter, reader } = setUp();
    meter.createCounter('1st counter').add(1);
    expect(await reader.values('1st counter')).toEqual({ '': 1 });
    expect(diagnostics.codes()).toEqual(['instrument']);
  });

  it.each([undefined, null, 5, Symbol('s')])('reports the name %s and records nothing', async (name) => {
    const { meter, reader } = setUp();
    meter.createCounter(name as never).add(1);
    meter.createObservableGauge(name as never).addCallback((result) => result.observe(1));
    expect(allMetrics(await reader.collect())).toEqual([]);
    expect(diagnostics.messages()).toHaveLength(1);
  });

  it('reports a reader whose selectors throw, and does not throw itself', () => {
    class FailingReader extends TestReader {
      override selectAggregation(): never {
        throw new Error('no');
      }
    }
    const { meter } = setUp({}, new FailingReader());
    meter.createCounter('c').add(1);
    expect(diagnostics.messages()).toHaveLength(1);
  });

  it('reports a meter without a name and uses the empty one', async () => {
    const { provider, reader } = setUp();
    for (const name of [undefined, null, 5, ''])
      provider
        .getMeter(name as never)
        .createCounter('c')
        .add(1);
    expect((await reader.collect()).resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['']);
    expect(await reader.values('c')).toEqual({ '': 4 });
    expect(new Set(diagnostics.codes())).toEqual(new Set(['instrument']));
  });
});

// OpenTelemetry specification, Metrics SDK, Duplicate instrument registration.
describe('Creating an instrument again', () => {
  it('gives the same streams to an identical one', async () => {
    const { meter, reader } = setUp();
    for (let i = 0; i < 2; i++) meter.createCounter('c', { unit: 's', description: 'd' }).add(1);
    expect(await reader.values('c')).toEqual({ '': 2 });
    expect(diagnostics.messages()).toEqual([]);
  });

  it('uses the name that was seen first when another differs only in case, and reports it', async () => {
    const { meter, reader } = setUp();
    meter.createCounter('requestCount').add(1);
    meter.createCounter('RequestCount').add(1);
    expect(allMetrics(await reader.collect()).map(({ descriptor }) => descriptor.name)).toEqual(['requestCount']);
    expect(await reader.values('requestCount')).toEqual({ '': 2 });
    expect(diagnostics.codes()).toEqual(['instrument']);
  });

  it.each<[string, (meter: ReturnType<typeof setUp>['meter']) => void, string]>([
    ['synchronous and asynchronous', (meter) => void meter.createObservableCounter('x'), 'type'],
    ['another kind', (meter) => void meter.createUpDownCounter('x'), 'type'],
    ['another unit', (meter) => void meter.createCounter('x', { unit: 's' }), 'unit'],
    ['another description', (meter) => void meter.createCounter('x', { description: 'd' }), 'description'],
  ])('reports a conflict once, with a view that resolves it (%s)', (_, create, what) => {
    const { meter } = setUp();
    meter.createCounter('x');
    for (let i = 0; i < 3; i++) create(meter);
    const messages = diagnostics.messages();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/^meterbridge instrument: /);
    expect(messages[0]).toContain(what);
    expect(messages[0]).toContain("add the view { instrumentName: 'x'");
  });

  it('reports other advice and uses the first', async () => {
    const { meter, reader } = setUp();
    meter.createHistogram('h', { advice: { explicitBucketBoundaries: [1] } }).record(1);
    meter.createHistogram('h', { advice: { explicitBucketBoundaries: [2] } }).record(1);
    expect(await reader.points('h')).toMatchObject([{ value: { count: 2, buckets: { boundaries: [1] } } }]);
    expect(diagnostics.codes()).toEqual(['instrument']);
  });

  it('keeps the longer description', async () => {
    const { meter, reader } = setUp();
    meter.createCounter('c', { description: 'short' }).add(1);
    meter.createCounter('c', { description: 'a longer one' }).add(1);
    expect(allMetrics(await reader.collect())[0]?.descriptor.description).toBe('a longer one');
  });
});
