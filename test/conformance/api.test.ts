import { type Attributes, type Meter, metrics, type ObservableResult, ValueType } from '@opentelemetry/api';
import { type DataPoint, type MetricData, MetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';

// OpenTelemetry specification, Metrics API (specification/metrics/api.md of 2026-08). Each test names the section and the
// clause. Clauses about the shape of the API package itself are those of @opentelemetry/api; here it is shown that every
// call of that API works on a meterbridge provider. docs/conformance.md lists each clause with its test.

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

function createProvider(): { provider: MeterProvider; meter: Meter; reader: Reader } {
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  return { provider, meter: provider.getMeter('api', '1.0.0'), reader };
}

async function collect(reader: Reader): Promise<MetricData[]> {
  const { resourceMetrics, errors } = await reader.collect();
  expect(errors).toEqual([]);
  return resourceMetrics.scopeMetrics.flatMap(({ metrics: collected }) => collected);
}

async function collectPoints(reader: Reader, name: string): Promise<DataPoint<unknown>[]> {
  const metric = (await collect(reader)).find(({ descriptor }) => descriptor.name === name);
  return (metric?.dataPoints ?? []) as DataPoint<unknown>[];
}

const SYNCHRONOUS = ['createCounter', 'createUpDownCounter', 'createGauge', 'createHistogram'] as const;
const ASYNCHRONOUS = ['createObservableCounter', 'createObservableUpDownCounter', 'createObservableGauge'] as const;

function record(meter: Meter, kind: (typeof SYNCHRONOUS)[number], name: string, attributes?: Attributes): unknown {
  switch (kind) {
    case 'createCounter':
      return meter.createCounter(name).add(1, attributes);
    case 'createUpDownCounter':
      return meter.createUpDownCounter(name).add(1, attributes);
    case 'createGauge':
      return meter.createGauge(name).record(1, attributes);
    case 'createHistogram':
      return meter.createHistogram(name).record(1, attributes);
  }
}

describe('Metrics API, MeterProvider', () => {
  it('SHOULD provide a way to register and access a global default MeterProvider: accepts a meterbridge provider', async () => {
    const { provider, reader } = createProvider();
    metrics.disable();
    expect(metrics.setGlobalMeterProvider(provider)).toBe(true);
    try {
      metrics.getMeter('global').createCounter('requests').add(1);
      expect(await collectPoints(reader, 'requests')).toHaveLength(1);
    } finally {
      metrics.disable();
    }
  });

  it('Get a Meter MUST accept name, version and schema_url, and MUST NOT obligate a user to provide the last two', async () => {
    const { provider, reader } = createProvider();
    provider.getMeter('only-name').createCounter('a').add(1);
    provider.getMeter('with-version', '2').createCounter('b').add(1);
    provider.getMeter('with-schema', '2', { schemaUrl: 'https://example.com/1' }).createCounter('c').add(1);
    const { resourceMetrics } = await reader.collect();
    const scopes = resourceMetrics.scopeMetrics.map(({ scope }) => ({
      name: scope.name,
      version: scope.version ?? '',
      schemaUrl: scope.schemaUrl ?? '',
    }));
    expect(scopes).toContainEqual({ name: 'only-name', version: '', schemaUrl: '' });
    expect(scopes).toContainEqual({ name: 'with-version', version: '2', schemaUrl: '' });
    expect(scopes).toContainEqual({ name: 'with-schema', version: '2', schemaUrl: 'https://example.com/1' });
  });

  it('Meter operations MUST provide functions to create every kind of instrument', () => {
    const { meter } = createProvider();
    for (const kind of [...SYNCHRONOUS, ...ASYNCHRONOUS]) expect(typeof meter[kind](kind)).toBe('object');
  });
});

describe('Metrics API, Instrument', () => {
  it('Instrument unit MUST be case-sensitive and hold at least 63 characters', async () => {
    const { meter, reader } = createProvider();
    const unit = 'kB'.padEnd(63, 'x');
    meter.createCounter('a', { unit }).add(1);
    meter.createCounter('b', { unit: 'kb' }).add(1);
    const units = (await collect(reader)).map(({ descriptor }) => descriptor.unit);
    expect(units).toEqual([unit, 'kb']);
  });

  it('Instrument description MUST support Unicode and at least 1023 characters', async () => {
    const { meter, reader } = createProvider();
    const description = `日本語 ${'é'.repeat(1100)}`;
    meter.createCounter('a', { description }).add(1);
    expect((await collect(reader))[0]?.descriptor.description).toBe(description);
  });

  it('Instrument SHOULD treat the distinction of integers and floating point numbers as identifying: keeps the value type', async () => {
    const { meter, reader } = createProvider();
    meter.createCounter('whole', { valueType: ValueType.INT }).add(1.5);
    meter.createCounter('real', { valueType: ValueType.DOUBLE }).add(1.5);
    expect((await collectPoints(reader, 'whole'))[0]?.value).toBe(1);
    expect((await collectPoints(reader, 'real'))[0]?.value).toBe(1.5);
  });

  it.each([...SYNCHRONOUS, ...ASYNCHRONOUS])('%s MUST NOT obligate a user to provide unit, description or advice', (kind) => {
    const { meter } = createProvider();
    expect(() => meter[kind]('bare')).not.toThrow();
    expect(() => meter[kind]('empty', {})).not.toThrow();
    expect(() => meter[kind]('advised', { unit: 's', description: 'text', advice: {} })).not.toThrow();
  });
});

describe('Metrics API, synchronous instruments', () => {
  it.each(SYNCHRONOUS)('%s SHOULD NOT return a value from its recording operation', (kind) => {
    expect(record(createProvider().meter, kind, 'm')).toBeUndefined();
  });

  it.each(SYNCHRONOUS)('%s MUST accept a variable number of attributes, including none, at invocation time', async (kind) => {
    const { meter, reader } = createProvider();
    record(meter, kind, 'm');
    record(meter, kind, 'm', {});
    record(meter, kind, 'm', { a: 'x' });
    record(meter, kind, 'm', { a: 'x', b: 2, c: true, d: ['e'] });
    const attributes = (await collectPoints(reader, 'm')).map((point) => point.attributes);
    expect(attributes).toHaveLength(3);
    expect(attributes).toEqual(expect.arrayContaining([{}, { a: 'x' }, { a: 'x', b: 2, c: true, d: ['e'] }]));
  });

  it('Enabled MUST return a boolean: true for a recording instrument', () => {
    const counter = createProvider().meter.createCounter('m') as { enabled?(): unknown };
    expect(counter.enabled?.()).toBe(true);
  });

  it.each(SYNCHRONOUS)('Bind on %s MUST accept attributes or none and support the core recording operation', async (kind) => {
    const { provider, reader } = createProvider();
    const instrument = provider.getMeter('api')[kind]('m') as unknown as {
      bind(attributes?: Attributes): { add?(value: number): void; record?(value: number): void };
    };
    for (const bound of [instrument.bind(), instrument.bind({ a: 'x' })]) {
      if (kind === 'createCounter' || kind === 'createUpDownCounter') bound.add?.(2);
      else bound.record?.(2);
    }
    const attributes = (await collectPoints(reader, 'm')).map((point) => point.attributes);
    expect(attributes).toEqual(expect.arrayContaining([{}, { a: 'x' }]));
    expect(attributes).toHaveLength(2);
  });
});

describe('Metrics API, asynchronous instruments', () => {
  it.each(ASYNCHRONOUS)('%s evaluates every registered callback exactly once for each collection', async (kind) => {
    const { meter, reader } = createProvider();
    const instrument = meter[kind]('m');
    const calls = [0, 0];
    instrument.addCallback((result) => {
      calls[0] = (calls[0] ?? 0) + 1;
      result.observe(1, { from: 'first' });
    });
    instrument.addCallback((result) => {
      calls[1] = (calls[1] ?? 0) + 1;
      result.observe(1, { from: 'second' });
    });
    expect(await collectPoints(reader, 'm')).toHaveLength(2);
    expect(calls).toEqual([1, 1]);
    await collect(reader);
    expect(calls).toEqual([2, 2]);
  });

  it.each(ASYNCHRONOUS)('%s MUST let a user undo the registration of a callback', async (kind) => {
    const { meter, reader } = createProvider();
    const instrument = meter[kind]('m');
    const callback = (result: ObservableResult) => result.observe(1);
    instrument.addCallback(callback);
    expect(await collectPoints(reader, 'm')).toHaveLength(1);
    instrument.removeCallback(callback);
    expect(await collectPoints(reader, 'm')).toHaveLength(0);
  });

  it('Multiple-instrument callbacks MUST distinguish the instruments and be associated with a declared set of them', async () => {
    const { meter, reader } = createProvider();
    const [declared, other] = [meter.createObservableGauge('declared'), meter.createObservableGauge('other')];
    meter.addBatchObservableCallback(
      (result) => {
        result.observe(declared, 1);
        result.observe(other, 2);
      },
      [declared],
    );
    const collected = await collect(reader);
    expect(collected.map(({ descriptor }) => descriptor.name)).toEqual(['declared']);
  });

  it('MUST treat observations from a single callback as one instant: identical timestamps', async () => {
    const { meter, reader } = createProvider();
    const instruments = [meter.createObservableGauge('a'), meter.createObservableCounter('b')];
    meter.addBatchObservableCallback(async (result) => {
      for (const [index, instrument] of instruments.entries()) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        result.observe(instrument, 1, { index });
      }
    }, instruments);
    const times = (await collect(reader)).flatMap(({ dataPoints }) => dataPoints.map(({ endTime }) => endTime.join('.')));
    expect(times).toHaveLength(2);
    expect(new Set(times).size).toBe(1);
  });

  it('SHOULD provide some way to pass state to a callback: a closure', async () => {
    const { meter, reader } = createProvider();
    const state = { size: 3 };
    meter.createObservableGauge('m').addCallback((result) => result.observe(state.size));
    state.size = 7;
    expect((await collectPoints(reader, 'm'))[0]?.value).toBe(7);
  });
});

describe('Metrics API, concurrency requirements', () => {
  it('MeterProvider, Meter and Instrument are safe for concurrent use: interleaved tasks lose nothing', async () => {
    const { provider, reader } = createProvider();
    const task = async (id: number) => {
      for (let i = 0; i < 100; i++) {
        provider.getMeter('api').createCounter('m').add(1, { id });
        await Promise.resolve();
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, id) => task(id)));
    const values = (await collectPoints(reader, 'm')).map(({ value }) => value);
    expect(values).toEqual(new Array(10).fill(100));
  });
});
