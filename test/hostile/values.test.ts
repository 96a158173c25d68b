import { type Attributes, type Context, type Meter, ValueType } from '@opentelemetry/api';
import { createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { createInstruments } from '../../src/instruments';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { shop } from '../instruments/shop';
import { FORMAT_NAMES, scrapeValues, totalOf } from './pages';
import {
  HOSTILE_CALLBACKS,
  HOSTILE_CONTEXTS,
  HOSTILE_MEASUREMENTS,
  HOSTILE_OPTIONS,
  HOSTILE_SETS,
  HOSTILE_VALUES,
} from './values';

const READER_OPTIONS = { selfMetrics: false, scopeInfoEnabled: false, targetInfoEnabled: false };

interface Engine {
  readonly reader: PrometheusReader;
  readonly provider: MeterProvider;
  readonly meter: Meter;
}

/** An engine whose views remove every attribute but `good` from metrics `filtered.*`, and that samples exemplars. */
function createEngine(): Engine {
  const reader = new PrometheusReader(READER_OPTIONS);
  const provider = new MeterProvider({
    readers: [reader],
    exemplarFilter: 'always_on',
    views: [{ instrumentName: 'filtered.*', attributesProcessors: [createAllowListAttributesProcessor(['good'])] }],
  });
  return { reader, provider, meter: provider.getMeter('test') };
}

/** Records once on every kind of instrument, bound and unbound. */
function recordEverywhere(meter: Meter, create: () => unknown): void {
  for (const prefix of ['plain', 'filtered']) {
    const counter = meter.createCounter(`${prefix}.counter`);
    const histogram = meter.createHistogram(`${prefix}.histogram`);
    const gauge = meter.createGauge(`${prefix}.gauge`);
    const attributes = create() as Attributes;
    counter.add(1, attributes);
    histogram.record(1, attributes);
    gauge.record(1, attributes);
    bindable(counter).bind(attributes).add(1);
  }
}

function bindable(counter: object) {
  return counter as {
    bind(attributes: unknown): { add(value: number): void };
    get(attributes: unknown): unknown;
    remove(attributes: unknown): number;
  };
}

describe('hostile values', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  const attributes = [
    ...HOSTILE_VALUES.map(({ name, create }) => ({
      name: `${name} as a value`,
      create: (): unknown => ({ bad: create() }),
      value: create,
    })),
    ...HOSTILE_SETS.map(({ name, create }) => ({ name: `${name} as attributes`, create, value: create })),
  ];

  it.each(attributes)('lose no measurement and no other series of a page in any format: $name', async ({ create }) => {
    const { reader, meter } = createEngine();
    recordEverywhere(meter, () => ({ good: 'yes' }));
    meter.createObservableGauge('observed').addCallback((result) => {
      result.observe(1, { good: 'yes' });
      result.observe(1, create() as Attributes);
    });
    for (let i = 0; i < 2; i++) recordEverywhere(meter, create);
    for (const format of FORMAT_NAMES) {
      const values = await scrapeValues(reader, format);
      for (const prefix of ['plain', 'filtered']) {
        expect(values.get(`${prefix}_counter[["good","yes"]]`), format).toBe(2);
        expect(values.get(`${prefix}_histogram[["good","yes"]]`), format).toBe(1);
        expect(totalOf(values, `${prefix}_counter`), format).toBe(6);
        expect(totalOf(values, `${prefix}_histogram`), format).toBe(3);
      }
      expect(values.get('observed[["good","yes"]]'), format).toBe(1);
    }
  });

  it.each(attributes)('remove and read no other series: $name', async ({ create }) => {
    const { reader, meter } = createEngine();
    const counter = meter.createCounter('plain.counter');
    counter.add(1, { good: 'yes' });
    // An empty selector selects every series. What is left of a hostile one is never that.
    bindable(counter).remove(create());
    bindable(counter).get(create());
    const values = await scrapeValues(reader, 'text');
    expect(totalOf(values, 'plain_counter')).toBe(1);
  });

  it.each(attributes)('are recorded on documented metrics under "other" at worst: $name', async ({ create, value }) => {
    const { reader, provider } = createEngine();
    const { orders, duration } = createInstruments(provider.getMeter('shop'), shop);
    orders.add(1, { result: 'paid', country: 'ee' });
    orders.add(1, create() as never);
    orders.add(1, { result: value(), country: value() } as never);
    orders.bind(create() as never).add(1);
    duration.record(1, create() as never);
    orders.remove(create() as never);
    for (const format of FORMAT_NAMES) {
      const values = await scrapeValues(reader, format);
      expect(values.get('shop_orders[["country","ee"],["result","paid"]]'), format).toBe(1);
      expect(totalOf(values, 'shop_orders'), format).toBe(4);
      expect(totalOf(values, 'shop_duration_seconds'), format).toBe(1);
    }
  });

  it.each(HOSTILE_MEASUREMENTS)('are ignored as measurements: $name', async ({ create }) => {
    const { reader, meter } = createEngine();
    for (const valueType of [ValueType.DOUBLE, ValueType.INT]) {
      const counter = meter.createCounter(`counter.${valueType}`, { valueType });
      const histogram = meter.createHistogram(`histogram.${valueType}`, { valueType });
      const gauge = meter.createGauge(`gauge.${valueType}`, { valueType });
      // The first and a later measurement of a series take different paths.
      for (const value of [2, create() as number, create() as number]) {
        counter.add(value, { good: 'yes' });
        counter.add(value);
        bindable(counter).bind({ good: 'yes' }).add(value);
        histogram.record(value);
        gauge.record(value);
      }
    }
    const values = await scrapeValues(reader, 'text');
    for (const valueType of [ValueType.DOUBLE, ValueType.INT]) {
      expect(values.get(`counter_${valueType}[["good","yes"]]`)).toBe(4);
      expect(values.get(`counter_${valueType}[]`)).toBe(2);
      expect(values.get(`histogram_${valueType}[]`)).toBe(1);
      expect(values.get(`gauge_${valueType}[]`)).toBe(2);
    }
    // One for each instrument.
    expect(diagnostics.messages()).toHaveLength(6);
  });

  it.each(HOSTILE_CALLBACKS)(
    'cost a callback its own metric, at this scrape and the next: $name',
    async ({ create }) => {
      const { reader, meter } = createEngine();
      meter.createObservableGauge('good').addCallback((result) => result.observe(1));
      meter.createObservableGauge('bad').addCallback(create() as never);
      meter.createCounter('counter').add(1);
      for (const format of [...FORMAT_NAMES, ...FORMAT_NAMES]) {
        expect([...(await scrapeValues(reader, format))].sort()).toEqual([
          ['counter[]', 1],
          ['good[]', 1],
        ]);
      }
      expect(diagnostics.messages()).toEqual([expect.stringContaining('meterbridge c')]);
    },
  );

  it('of a callback are reported again after it has recovered', async () => {
    const { reader, meter } = createEngine();
    let isBroken = true;
    meter.createObservableGauge('observed').addCallback((result) => {
      if (isBroken) throw new Error('of the callback');
      result.observe(1);
    });
    for (isBroken of [true, true, false, true]) await scrapeValues(reader, 'text');
    expect(diagnostics.messages()).toHaveLength(2);
  });

  it('of a callback that scrapes end in a page, without recursion', async () => {
    const { reader, meter } = createEngine();
    let calls = 0;
    meter.createObservableGauge('observed').addCallback((result) => {
      calls++;
      void scrapeValues(reader, 'text');
      result.observe(1);
    });
    for (const format of FORMAT_NAMES) expect((await scrapeValues(reader, format)).get('observed[]')).toBe(1);
    expect(calls).toBe(3);
  });

  it('that become one text are one series, however they are passed', async () => {
    const { reader, meter } = createEngine();
    const counter = meter.createCounter('counter');
    const text = new Date(0).toISOString();
    for (const value of [text, new Date(0), Object(text), { toJSON: () => text }])
      counter.add(1, { value: value as string });
    for (const format of FORMAT_NAMES) {
      expect([...(await scrapeValues(reader, format))]).toEqual([[`counter[["value","${text}"]]`, 4]]);
    }
  });

  it.each(HOSTILE_OPTIONS)(
    'create an instrument that records, with a valid page: options that are $name',
    async ({ create }) => {
      const { reader, meter, provider } = createEngine();
      meter.createCounter('counter', create() as never).add(1);
      meter.createHistogram('histogram', create() as never).record(1);
      meter.createObservableGauge('gauge', create() as never).addCallback((result) => result.observe(1));
      provider
        .getMeter('meter', undefined, create() as never)
        .createCounter('other')
        .add(1);
      provider
        .getMeter(create() as never, create() as never, { schemaUrl: create() } as never)
        .createCounter('third')
        .add(1);
      for (const format of FORMAT_NAMES) {
        const values = await scrapeValues(reader, format);
        for (const name of ['counter', 'histogram', 'gauge', 'other', 'third']) expect(totalOf(values, name)).toBe(1);
      }
    },
  );

  it.each(['trace_based', 'always_on'] as const)(
    'of contexts cost no measurement and no page with %s',
    async (exemplarFilter) => {
      for (const { create } of HOSTILE_CONTEXTS) {
        const reader = new PrometheusReader(READER_OPTIONS);
        const meter = new MeterProvider({ readers: [reader], exemplarFilter }).getMeter('test');
        for (let i = 0; i < 2; i++) {
          meter.createCounter('counter').add(1, { good: 'yes' }, create() as Context);
          meter.createHistogram('histogram').record(1, { good: 'yes' }, create() as Context);
        }
        for (const format of FORMAT_NAMES) {
          expect([...(await scrapeValues(reader, format))].sort()).toEqual([
            ['counter[["good","yes"]]', 2],
            ['histogram[["good","yes"]]', 2],
          ]);
        }
      }
    },
  );

  it('of 10 MB are cut on a page, and stay different series', async () => {
    const { reader, meter } = createEngine();
    const long = 'x'.repeat(10_000_000);
    const histogram = meter.createHistogram('histogram');
    for (const end of ['a', 'b']) histogram.record(1, { long: long + end });
    for (const format of FORMAT_NAMES) {
      const values = await scrapeValues(reader, format);
      expect(values.size).toBe(2);
      expect([...values.keys()].every((series) => series.length < 5000)).toBe(true);
    }
  });

  it('of observations cost their own series alone', async () => {
    const { reader, meter } = createEngine();
    const gauge = meter.createObservableGauge('observed');
    gauge.addCallback((result) => {
      for (const { create } of HOSTILE_MEASUREMENTS) result.observe(create() as number, { good: 'no' });
      for (const { create } of HOSTILE_SETS) result.observe(1, create() as Attributes);
      result.observe(1, { good: 'yes' });
    });
    for (const format of FORMAT_NAMES) {
      const values = await scrapeValues(reader, format);
      expect(values.get('observed[["good","yes"]]')).toBe(1);
      expect(values.has('observed[["good","no"]]')).toBe(false);
    }
  });
});
