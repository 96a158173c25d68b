import { createNoopMeter } from '@opentelemetry/api';
import {
  type DataPoint,
  DataPointType,
  type Histogram,
  MeterProvider,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Catalog, MetricDefinition } from '../../src/catalog/definition';
import { catalogViews, createInstruments, DEFAULT_BUCKETS } from '../../src/instruments';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { SYSTEMS } from '../systems/systems';
import { ManualReader } from './manual-reader';
import { shop } from './shop';

/** Returns an accepted value for each label of a metric. */
function someLabels({ labels = {} }: MetricDefinition): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([label, values]) => [label, Array.isArray(values) ? (values[0] as string) : 'some']),
  );
}

/** Records 2 on every metric of a catalog. */
function recordAll(instruments: ReturnType<typeof createInstruments<Catalog>>): void {
  for (const instrument of Object.values(instruments)) {
    const labels = someLabels(instrument.definition);
    if ('add' in instrument) instrument.add(2, labels as never);
    else instrument.record(2, labels as never);
  }
}

describe.each(SYSTEMS)('the catalog of $name on a stock MeterProvider', ({ create, families }) => {
  const { catalog } = create(createNoopMeter());

  it('the catalog on a stock MeterProvider has as many families as its document names', () => {
    expect(Object.keys(catalog.metrics)).toHaveLength(families);
  });

  it('records every metric with its labels, type and buckets', async () => {
    const reader = new ManualReader();
    const provider = new MeterProvider({ views: catalogViews(catalog), readers: [reader] });
    recordAll(createInstruments(provider.getMeter(catalog.name), catalog));
    const metrics = await reader.metrics();
    expect([...metrics.keys()].sort()).toEqual(
      Object.values(catalog.metrics)
        .map(({ name }) => name)
        .sort(),
    );
    for (const definition of Object.values(catalog.metrics)) {
      const metric = metrics.get(definition.name) as MetricData;
      const labels = someLabels(definition);
      const point = (metric.dataPoints as DataPoint<unknown>[]).find(
        ({ attributes }) => JSON.stringify(attributes) === JSON.stringify(labels),
      ) as DataPoint<unknown>;
      if (definition.instrument === 'histogram') {
        const { buckets, count, sum } = point.value as Histogram;
        expect(buckets.boundaries, definition.name).toEqual(definition.buckets ?? DEFAULT_BUCKETS);
        expect([count, sum], definition.name).toEqual([1, 2]);
      } else {
        expect(point.value, definition.name).toBe(2);
        expect(metric.dataPointType).toBe(definition.instrument === 'gauge' ? DataPointType.GAUGE : DataPointType.SUM);
      }
    }
  });

  it('serves counters and gauges of closed labels at 0 from the start', async () => {
    const reader = new ManualReader();
    const provider = new MeterProvider({ views: catalogViews(catalog), readers: [reader] });
    createInstruments(provider.getMeter(catalog.name), catalog);
    const metrics = await reader.metrics();
    const expected = Object.values(catalog.metrics).filter(
      ({ labels = {}, instrument, initialize }) =>
        initialize !== false && instrument !== 'histogram' && Object.values(labels).every(Array.isArray),
    );
    expect([...metrics.keys()].sort()).toEqual(expected.map(({ name }) => name).sort());
    for (const { dataPoints } of metrics.values()) {
      for (const { value } of dataPoints) expect(value).toBe(0);
    }
  });

  it('the catalog does nothing without an SDK, and nothing fails', () => {
    const instruments = createInstruments(createNoopMeter(), catalog);
    recordAll(instruments);
    for (const instrument of Object.values(instruments)) {
      expect(instrument.remove({} as never)).toBe(0);
      instrument.clear();
      expect([...instrument.series()]).toEqual([]);
    }
  });
});

describe('catalog instruments of a stock MeterProvider', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  const setUp = () => {
    const reader = new ManualReader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter('shop');
    const instruments = createInstruments(meter, shop);
    return { reader, meter, instruments };
  };

  it('catalog instruments of a stock MeterProvider report once that the SDK cannot create the empty histogram that the app asks for', () => {
    const { instruments } = setUp();
    expect(diagnostics.messages()).toEqual([]);
    instruments.wait.initialize();
    instruments.wait.initialize();
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/^meterbridge unsupported: .*histogram/)]);
  });

  it('catalog instruments of a stock MeterProvider go on serving series that are removed, and report it once', async () => {
    const { reader, instruments } = setUp();
    diagnostics.messages();
    instruments.visitors.add(3);
    expect(instruments.visitors.remove()).toBe(0);
    instruments.visitors.clear();
    instruments.orders.remove({});
    expect(instruments.visitors.get()).toBe(3);
    expect((await reader.metrics()).get('shop_visitors')?.dataPoints[0]?.value).toBe(3);
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/^meterbridge unsupported: .*end a series/)]);
  });

  it('catalog instruments of a stock MeterProvider pass validated labels on to the SDK', async () => {
    const { reader, instruments } = setUp();
    instruments.orders.inc({ result: 'payed', country: 5, shop: 'A' } as never);
    const points = (await reader.metrics()).get('shop_orders_total')?.dataPoints;
    expect(points?.map(({ attributes }) => attributes)).toEqual([{ result: '_OTHER', country: '5' }]);
  });

  it('catalog instruments of a stock MeterProvider do not set a gauge back to 0 if the catalog is created again', async () => {
    const { reader, meter, instruments } = setUp();
    instruments.temperature.record(21);
    instruments.visitors.add(3);
    createInstruments(meter, shop).visitors.add(1);
    const metrics = await reader.metrics();
    expect(metrics.get('shop_temperature_celsius')?.dataPoints[0]?.value).toBe(21);
    expect(metrics.get('shop_visitors')?.dataPoints[0]?.value).toBe(4);
    expect([instruments.temperature.get(), instruments.visitors.get()]).toEqual([21, 4]);
  });

  it('record labels that cannot be read as _OTHER, without an exception', () => {
    const { instruments } = setUp();
    const unreadable = {
      get shelf(): string {
        throw new Error('no shelf');
      },
    };
    instruments.stock.record(1, unreadable);
    const { proxy, revoke } = Proxy.revocable({ shelf: 'a' }, {});
    revoke();
    instruments.stock.record(2, proxy);
    expect(instruments.stock.get({ shelf: '_OTHER' })).toBe(2);
  });

  it('catalog instruments of a stock MeterProvider pass measurements beyond the cardinality limit on, and keep no value of them', async () => {
    const { reader, instruments } = setUp();
    for (let i = 0; i < 2001; i++) instruments.stock.record(i, { shelf: i });
    expect(instruments.stock.get({ shelf: 1999 })).toBe(1999);
    expect(instruments.stock.get({ shelf: 2000 })).toBe(0);
    const points = (await reader.metrics()).get('shop_stock')?.dataPoints ?? [];
    expect(points.some(({ value }) => value === 2000)).toBe(true);
  });
});
