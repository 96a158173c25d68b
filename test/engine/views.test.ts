import { type Attributes, type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { AggregationType, createAllowListAttributesProcessor, type MetricData } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFINITION, type MetricDefinition } from '../../src/catalog/definition';
import { OTHER_LABEL_VALUE } from '../../src/catalog/labels';
import type { CollectedDescriptor } from '../../src/collection/points';
import { MeterProvider } from '../../src/engine/meter-provider';
import type { MeterViewOptions } from '../../src/engine/view-plan';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { allMetrics, setUp, TestReader } from './readers';

let diagnostics: Diagnostics;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(() => diagnostics.stop());

const names = async (reader: TestReader) => allMetrics(await reader.collect()).map(({ descriptor }) => descriptor.name);

// OpenTelemetry specification, Metrics SDK, View and Measurement processing.
describe('Views', () => {
  it('apply independently: a match-all drop leaves the stream of another view', async () => {
    const { meter, reader } = setUp({
      views: [{ instrumentName: '*', aggregation: { type: AggregationType.DROP } }, { instrumentName: 'x' }],
    });
    meter.createCounter('x').add(1);
    const dropped = meter.createCounter('y');
    dropped.add(1);
    expect(await names(reader)).toEqual(['x']);
    expect((dropped as unknown as { enabled(): boolean }).enabled()).toBe(false);
    expect(diagnostics.messages()).toEqual([]);
  });

  it('each give a stream, also of one name, and report the conflict with a recipe', async () => {
    const { meter, reader } = setUp({
      views: [
        { instrumentName: 'x' },
        {
          instrumentName: 'x',
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1] } },
        },
      ],
    });
    meter.createCounter('x').add(1);
    expect(allMetrics(await reader.collect()).map(({ dataPoints: [point] }) => point?.value)).toMatchObject([
      1,
      { count: 1 },
    ]);
    expect(diagnostics.messages()).toMatchObject([expect.stringContaining("add the view { instrumentName: 'x'")]);
  });

  it.each<[MeterViewOptions, boolean]>([
    [{ instrumentName: '*http*' }, true],
    [{ instrumentName: 'my.????.x' }, true],
    [{ instrumentName: 'my.???.x' }, false],
    [{ instrumentName: 'my.http.x' }, true],
    [{ instrumentName: 'MY.http.x' }, true],
    [{ instrumentName: 'my*' }, true],
    [{ instrumentName: 'my+http.x' }, false],
    [{ meterSchemaUrl: 'https://x/1' }, false],
    [{ meterName: 'test' }, true],
    [{ meterName: 'tes*' }, false],
    [{ meterVersion: '' }, true],
    [{ instrumentUnit: 's' }, false],
  ])('Views with the criteria %j match: %s', async (criteria, matches) => {
    const { meter, reader } = setUp({ views: [{ ...criteria, aggregation: { type: AggregationType.DROP } }] });
    meter.createCounter('my.http.x').add(1);
    expect(await names(reader)).toEqual(matches ? [] : ['my.http.x']);
  });

  it('Views use the default aggregation of the reader where they name none', async () => {
    const reader = new TestReader(undefined, undefined, { type: AggregationType.LAST_VALUE });
    const { meter } = setUp({ views: [{ instrumentName: 'x', description: 'd' }] }, reader);
    const counter = meter.createCounter('x');
    counter.add(5);
    counter.add(2);
    expect(await reader.values('x')).toEqual({ '': 2 });
  });

  it.each<[string, MeterViewOptions]>([
    ['without criteria', {}],
    ['that renames many', { instrumentName: 'x*', name: 'y' }],
    ['with a limit of 0', { instrumentName: 'x', aggregationCardinalityLimit: 0 }],
    [
      'with boundaries that repeat',
      {
        instrumentName: 'x',
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 1] } },
      },
    ],
    [
      'with a size of 1',
      { instrumentName: 'x', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 1 } } },
    ],
  ])('Views are ignored and reported if they cannot mean anything (%s)', async (_, view) => {
    const { meter, reader } = setUp({ views: [view] });
    meter.createCounter('x').add(1);
    expect(await reader.values('x')).toEqual({ '': 1 });
    expect(diagnostics.codes()).toEqual(['view']);
  });

  it('run a processor that reads the context for each measurement', async () => {
    const key = createContextKey('tenant');
    const process = (attributes: object, context?: Context) => ({
      ...attributes,
      tenant: String(context?.getValue(key)),
    });
    const { meter, reader } = setUp({
      views: [{ instrumentName: 'x', attributesProcessors: [{ process }] }],
    });
    const counter = meter.createCounter('x');
    for (const tenant of ['a', 'b', 'a']) counter.add(1, { route: '/' }, ROOT_CONTEXT.setValue(key, tenant));
    expect(await reader.values('x')).toEqual({ '/,a': 2, '/,b': 1 });
  });

  it('apply a processor to attributes that are those of a series, too, if it changes them again', async () => {
    const process = ({ route }: Attributes) => ({ route: `${route}/` });
    const { meter, reader } = setUp({
      views: [{ instrumentName: 'x', attributesProcessors: [{ process }] }],
    });
    const counter = meter.createCounter('x');
    for (const route of ['a', 'a/', 'a', 'a/', 'a/']) counter.add(1, { route });
    expect(await reader.values('x')).toEqual({ 'a/': 2, 'a//': 3 });
  });

  it('keep the series of attributes that a processor leaves as they are', async () => {
    const process = ({ route }: Attributes) => ({ route: String(route).slice(0, 1) });
    const { meter, reader } = setUp({
      views: [{ instrumentName: 'x', attributesProcessors: [{ process }] }],
    });
    const counter = meter.createCounter('x');
    for (const route of ['ab', 'a', 'ac', 'a', 'ab', 'b']) counter.add(1, { route });
    expect(await reader.values('x')).toEqual({ a: 5, b: 1 });
  });

  it('Views give readers that aggregate differently streams of their own', async () => {
    const readers = [
      new TestReader(),
      new TestReader(undefined, undefined, { type: AggregationType.EXPONENTIAL_HISTOGRAM }),
    ] as const;
    new MeterProvider({ readers }).getMeter('m').createHistogram('h').record(3);
    const [explicit, exponential] = await Promise.all(readers.map((reader) => reader.points('h')));
    expect(explicit).toMatchObject([{ value: { buckets: { counts: { length: 16 } } } }]);
    expect(exponential).toMatchObject([{ value: { scale: 20 } }]);
    expect(diagnostics.messages()).toEqual([]);
  });
});

function findDefinition(metric: MetricData | undefined): MetricDefinition | undefined {
  return (metric?.descriptor as CollectedDescriptor | undefined)?.[DEFINITION];
}

const definition: MetricDefinition = {
  name: 'shop_wait_seconds',
  instrument: 'histogram',
  description: 'How long orders wait',
  labels: { result: ['paid', 'refused'], page: 'string' },
  buckets: [1, 2],
  cardinalityLimit: 3,
};
const options = { description: definition.description, [DEFINITION]: definition };

describe('A documented metric', () => {
  it('A documented metric has the buckets, labels and limit of its definition where no view matches', async () => {
    const { meter, reader } = setUp();
    const histogram = meter.createHistogram('shop_wait_seconds', options);
    for (let page = 0; page < 5; page++) histogram.record(1.5, { page, result: 'paid', extra: 'x' } as never);
    const [metric] = allMetrics(await reader.collect());
    expect(findDefinition(metric)).toBe(definition);
    expect(metric?.dataPoints).toHaveLength(4);
    expect(metric?.dataPoints[0]?.attributes).toEqual({ result: 'paid', page: '0' });
    expect(metric?.dataPoints[0]?.value).toMatchObject({ buckets: { boundaries: [1, 2] } });
    expect(diagnostics.messages().filter((line) => line.includes('unknown label'))).toHaveLength(1);
  });

  it('records invalid values as another one, and is neither read nor removed by them', () => {
    const { meter } = setUp();
    const histogram = meter.createHistogram('shop_wait_seconds', options);
    histogram.record(1, { result: 'payed', page: '/' });
    expect([...histogram.series()].map(({ attributes }) => attributes)).toEqual([
      { result: OTHER_LABEL_VALUE, page: '/' },
    ]);
    expect(histogram.get({ result: 'payed', page: '/' })).toBeUndefined();
    expect(histogram.remove({ result: 'payed' })).toBe(0);
    expect(histogram.get({ result: OTHER_LABEL_VALUE, page: '/' })).toEqual({ count: 1, sum: 1 });
    expect(histogram.remove({ result: OTHER_LABEL_VALUE })).toBe(1);
  });

  it('takes from a view what the view says, and the rest from its definition', async () => {
    const { meter, reader } = setUp({
      views: [
        {
          instrumentName: 'shop_*',
          aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
          attributesProcessors: [createAllowListAttributesProcessor(['result'])],
        },
      ],
    });
    meter.createHistogram('shop_wait_seconds', options).record(1, { result: 'paid', page: '/', extra: 'x' } as never);
    const [metric] = allMetrics(await reader.collect());
    expect(metric?.dataPoints[0]?.attributes).toEqual({ result: 'paid' });
    expect(metric?.dataPoints[0]?.value).toMatchObject({ scale: 20 });
    expect(findDefinition(metric)).toBe(definition);
  });

  it('loses its documented naming to a view that renames it', async () => {
    const { meter, reader } = setUp({ views: [{ instrumentName: 'shop_wait_seconds', name: 'wait' }] });
    meter.createHistogram('shop_wait_seconds', options).record(1, { result: 'paid', page: '/' });
    const [metric] = allMetrics(await reader.collect());
    expect(metric?.descriptor.name).toBe('wait');
    expect(Object.getOwnPropertySymbols(metric?.descriptor)).toEqual([]);
    expect(metric?.dataPoints[0]?.value).toMatchObject({ buckets: { boundaries: [1, 2] } });
  });

  it('takes the measurements of an instrument of its name and kind without the definition, and drops another kind', async () => {
    const { provider, meter, reader } = setUp();
    meter.createHistogram('shop_wait_seconds', options);
    const other = provider.getMeter('library');
    other.createHistogram('shop_wait_seconds').record(1, { result: 'paid', page: '/' });
    other.createCounter('shop_wait_seconds').add(1);
    const collected = allMetrics(await reader.collect());
    expect(collected.map(({ descriptor }) => (descriptor as { type?: string }).type)).toEqual(['HISTOGRAM']);
    expect(collected[0]?.dataPoints[0]?.value).toMatchObject({ buckets: { boundaries: [1, 2] } });
    expect(diagnostics.messages()).toHaveLength(1);
  });
});
