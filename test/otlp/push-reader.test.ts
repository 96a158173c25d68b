import type { Attributes } from '@opentelemetry/api';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  AggregationType,
  type CollectionResult,
  type IMetricReader,
  InstrumentType,
  MeterProvider,
  type MetricProducer,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPushReaders, type PushReadersOptions } from '../../src/otlp/create-push-readers';
import type { PushExporter } from '../../src/otlp/push-exporter';
import { PushReader } from '../../src/otlp/push-reader';
import { MAX_TIMER_MILLIS } from '../../src/timeout';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { type Answer, OtlpBackend } from '../servers/otlp-backend';

const OPTIONS: PushReadersOptions = {
  exporters: ['otlp'],
  protocol: 'http/protobuf',
  exportIntervalMillis: 60_000,
  exportTimeoutMillis: 30_000,
  temporality: 'delta',
  histogramAggregation: 'explicit_bucket_histogram',
};

let backend: OtlpBackend;
let diagnostics: Diagnostics;
const providers: MeterProvider[] = [];

beforeEach(async () => {
  backend = await OtlpBackend.start();
  diagnostics = listenToDiagnostics();
  vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', backend.endpoint);
});

afterEach(async () => {
  backend.answer = 200;
  await Promise.allSettled(providers.splice(0).map((provider) => provider.shutdown()));
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  diagnostics.stop();
  await backend.stop();
});

function createReader(options: Partial<PushReadersOptions> = {}): IMetricReader {
  const [reader] = createPushReaders({ ...OPTIONS, ...options });
  return reader as IMetricReader;
}

/** Returns the meter of a stock provider that the reader belongs to. */
function createMeter(reader: IMetricReader) {
  const provider = new MeterProvider({
    readers: [reader],
    views: [{ instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  providers.push(provider);
  return provider.getMeter('test');
}

/** Returns a producer whose collections are completed by hand. */
function createManualProducer() {
  const pending: ((sum: number) => void)[] = [];
  const producer: MetricProducer = {
    collect: () =>
      new Promise<CollectionResult>((resolve) => {
        pending.push((value) => resolve({ resourceMetrics: createSum(value), errors: [] }));
      }),
  };
  return { producer, pending };
}

function createSum(value: number): CollectionResult['resourceMetrics'] {
  const point = { startTime: [0, 0] as [number, number], endTime: [1, 0] as [number, number], attributes: {}, value };
  const metric = {
    descriptor: { name: 'sum', description: '', unit: '', valueType: 1 },
    aggregationTemporality: 0,
    dataPointType: 3 as const,
    isMonotonic: true,
    dataPoints: [point],
  };
  return { resource: emptyResource(), scopeMetrics: [{ scope: { name: 'test' }, metrics: [metric] }] };
}

describe('PushReader', () => {
  it('a push reader exports at its interval', async () => {
    const meter = createMeter(createReader({ exportIntervalMillis: 20 }));
    const counter = meter.createCounter('c');
    for (let i = 0; i < 2; i++) {
      counter.add(1);
      await backend.nextRequest();
    }
    expect(backend.headers.length).toBeGreaterThanOrEqual(2);
  });

  it('a push reader shortens an interval that a timer cannot hold', () => {
    const setInterval = vi.spyOn(globalThis, 'setInterval');
    createMeter(createReader({ exportIntervalMillis: 3_000_000_000 }));
    expect(setInterval.mock.calls.at(-1)?.[1]).toBe(MAX_TIMER_MILLIS);
  });

  it('a push reader belongs to one provider', () => {
    const reader = createReader();
    createMeter(reader);
    expect(() => createMeter(reader)).toThrow('already belongs');
  });

  it('a push reader sends headers and compresses as the environment says', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'api-key=secret');
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_COMPRESSION', 'gzip');
    const reader = createReader();
    createMeter(reader).createCounter('c').add(2);
    await reader.forceFlush();
    expect(backend.headers[0]).toMatchObject({ 'api-key': 'secret', 'content-encoding': 'gzip' });
    expect(backend.total('c')).toBe(2);
  });

  it('a push reader exports histograms as exponential ones if that is the default aggregation', async () => {
    const reader = createReader({ histogramAggregation: 'base2_exponential_bucket_histogram', protocol: 'http/json' });
    createMeter(reader).createHistogram('h').record(2);
    await reader.forceFlush();
    expect(backend.find('h')[0]?.exponentialHistogram?.dataPoints?.[0]).toMatchObject({ count: 1, sum: 2 });
  });
});

describe('the delta streams of a push reader', () => {
  const failures: readonly Answer[] = [401, 404, 429, 500, 503];

  it('deltas of exports that failed arrive with the next one, so that the backend has counted what was recorded', async () => {
    const step = fc.record({
      add: fc.nat(100),
      record: fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 5 }),
      user: fc.integer({ min: 0, max: 3 }),
      answer: fc.constantFrom<Answer>(200, ...failures),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        backend.accepted.length = 0;
        const reader = createReader();
        const meter = createMeter(reader);
        const counter = meter.createCounter('counter');
        const observed = meter.createObservableCounter('observed');
        const histogram = meter.createHistogram('histogram');
        const exponential = meter.createHistogram('exponential');
        const gauge = meter.createGauge('gauge');
        let total = 0;
        observed.addCallback((result) => result.observe(total));
        let records = 0;
        for (const { add, record, user, answer } of [...steps, { add: 1, record: [], user: 0, answer: 200 as const }]) {
          const attributes: Attributes = { user };
          counter.add(add, attributes);
          total += add;
          for (const value of record) {
            histogram.record(value, attributes);
            exponential.record(value, attributes);
            records++;
          }
          gauge.record(add);
          backend.answer = answer;
          await reader.forceFlush().catch(() => {});
        }
        expect(backend.total('counter')).toBe(total);
        expect(backend.total('observed')).toBe(total);
        expect(backend.total('histogram')).toBe(records);
        expect(backend.total('exponential')).toBe(records);
        const inBuckets = (counts: readonly number[] = []) => counts.reduce((sum, count) => sum + count, 0);
        const buckets = backend.points('exponential').map(({ positive }) => inBuckets(positive?.bucketCounts));
        expect(inBuckets(buckets)).toBe(records);
        expect(backend.points('gauge').at(-1)?.asDouble).toBe(1);
      }),
      { numRuns: 20 },
    );
  });

  it('deltas are sent again within the same export after the connection was reset', async () => {
    const reader = createReader();
    createMeter(reader).createCounter('c').add(1);
    backend.answer = 'reset';
    const flushed = reader.forceFlush();
    await backend.nextRequest();
    backend.answer = 200;
    await flushed;
    expect(backend.total('c')).toBe(1);
    expect(diagnostics.messages()).toEqual([]);
  });

  it('deltas cover the time since the last export that succeeded', async () => {
    const reader = createReader();
    const counter = createMeter(reader).createCounter('c');
    counter.add(1);
    await reader.forceFlush();
    for (const answer of [500, 500, 200]) {
      counter.add(1);
      backend.answer = answer;
      await reader.forceFlush().catch(() => {});
    }
    const [first, second] = backend.points('c');
    expect(second?.asDouble).toBe(3);
    expect(second?.startTimeUnixNano).toBe(first?.timeUnixNano);
  });

  it('deltas that the backend does not answer for arrive with the next export', async () => {
    const reader = createReader();
    const counter = createMeter(reader).createCounter('c');
    counter.add(1);
    backend.answer = 'hang';
    await expect(reader.forceFlush({ timeoutMillis: 200 })).rejects.toThrow('timed out');
    counter.add(2);
    backend.answer = 200;
    await reader.forceFlush();
    expect(backend.total('c')).toBe(3);
  });

  it('deltas that the backend accepts after the deadline of their export are not sent again', async () => {
    let accept: () => void = () => {};
    const exported: ResourceMetrics[] = [];
    const exporter: PushExporter = {
      name: 'slow',
      export: (metrics) => {
        exported.push(metrics);
        return new Promise((resolve) => {
          accept = resolve;
        });
      },
      shutdown: async () => {},
    };
    const reader = new PushReader({
      exporter,
      intervalMillis: 60_000,
      timeoutMillis: 30_000,
      selectTemporality: () => AggregationTemporality.DELTA,
      selectAggregation: () => ({ type: AggregationType.DEFAULT }),
      cardinalityLimit: 2000,
    });
    const counter = createMeter(reader).createCounter('c');
    counter.add(1);
    await expect(reader.forceFlush({ timeoutMillis: 20 })).rejects.toThrow('timed out');
    counter.add(2);
    const flushed = reader.forceFlush();
    accept();
    await vi.waitFor(() => expect(exported).toHaveLength(2));
    accept();
    await flushed;
    const values = exported.flatMap(({ scopeMetrics }) =>
      scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value))),
    );
    expect(values).toEqual([1, 2]);
  });

  it.each([400, 413])(
    'deltas that the backend refuses with %i are dropped, so that they do not spoil the next export',
    async (status) => {
      const reader = createReader();
      const counter = createMeter(reader).createCounter('c');
      counter.add(1);
      backend.answer = status;
      await expect(reader.forceFlush()).rejects.toThrow('dropped');
      counter.add(2);
      backend.answer = 200;
      await reader.forceFlush();
      expect(backend.total('c')).toBe(2);
    },
  );

  it('deltas that cannot be serialized are dropped, so that they do not spoil the next export', async () => {
    const reader = createReader({ protocol: 'http/json' });
    const { producer, pending } = createManualProducer();
    reader.setMetricProducer(producer);
    const flush = async (value: unknown) => {
      const flushed = reader.forceFlush();
      await vi.waitFor(() => expect(pending).toHaveLength(1));
      pending.shift()?.(value as number);
      await flushed;
    };
    await expect(flush(1n)).rejects.toThrow('serialized');
    await flush(2);
    expect(backend.total('sum')).toBe(2);
  });

  it('deltas that a backend takes in part are not sent again', async () => {
    const reader = createReader();
    const counter = createMeter(reader).createCounter('c');
    for (const answer of ['partial', 'partial', 'garbage', 'garbage', 200] as const) {
      backend.answer = answer;
      counter.add(1);
      await reader.forceFlush();
    }
    expect(backend.points('c').map(({ asDouble }) => asDouble)).toEqual([1, 1, 1, 1, 1]);
    expect(diagnostics.messages()).toEqual([
      expect.stringMatching(/export: the backend rejected 3 data points: too old/),
      expect.stringMatching(/export: .*not OTLP/),
    ]);
  });

  it('deltas that are collected after the deadline arrive with the next export', async () => {
    const reader = createReader();
    const { producer, pending } = createManualProducer();
    reader.setMetricProducer(producer);
    await expect(reader.forceFlush({ timeoutMillis: 20 })).rejects.toThrow('timed out');
    pending.shift()?.(5);
    const flushed = reader.forceFlush();
    await vi.waitFor(() => expect(pending).toHaveLength(1));
    pending.shift()?.(7);
    await flushed;
    expect(backend.total('sum')).toBe(12);
  });
});

describe('the diagnostics of a push reader', () => {
  it('an outage is reported once when it begins and once when it ends', async () => {
    const reader = createReader();
    const counter = createMeter(reader).createCounter('c');
    for (const answer of [500, 503, 502, 200, 200, 401, 401, 200]) {
      counter.add(1);
      backend.answer = answer;
      await reader.forceFlush().catch(() => {});
    }
    expect(diagnostics.messages()).toEqual([
      expect.stringMatching(/export: .*500 Internal Server Error/),
      expect.stringMatching(/export: .*again/),
      expect.stringMatching(/export: .*401 Unauthorized/),
      expect.stringMatching(/export: .*again/),
    ]);
  });

  it('an outage is one diagnostic when every export times out', async () => {
    const reader = createReader();
    const counter = createMeter(reader).createCounter('c');
    backend.answer = 'hang';
    for (let i = 0; i < 3; i++) {
      counter.add(1);
      await reader.forceFlush({ timeoutMillis: 50 }).catch(() => {});
    }
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/export: cannot send metrics/)]);
  });
});

describe('the shutdown of a push reader', () => {
  it('shutdown exports what was recorded, once, and nothing afterwards', async () => {
    const reader = createReader();
    createMeter(reader).createCounter('c').add(3);
    await Promise.all([reader.shutdown(), reader.shutdown()]);
    await reader.forceFlush();
    expect(backend.headers).toHaveLength(1);
    expect(backend.total('c')).toBe(3);
    await expect(reader.collect()).rejects.toThrow('shut down');
  });

  it('shutdown sends deltas that were kept', async () => {
    const reader = createReader();
    createMeter(reader).createCounter('c').add(3);
    backend.answer = 500;
    await reader.forceFlush().catch(() => {});
    backend.answer = 200;
    await reader.shutdown();
    expect(backend.total('c')).toBe(3);
  });

  it('shutdown ends at its timeout when the backend hangs', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '60000');
    const reader = createReader({ exportTimeoutMillis: 60_000 });
    createMeter(reader).createCounter('c').add(3);
    backend.answer = 'hang';
    await expect(reader.shutdown({ timeoutMillis: 100 })).rejects.toThrow('timed out');
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/export: cannot send metrics/)]);
  });

  it('shutdown ends at its timeout when the collection hangs', async () => {
    const reader = createReader({ exportTimeoutMillis: 60_000 });
    reader.setMetricProducer(createManualProducer().producer);
    await expect(reader.shutdown({ timeoutMillis: 100 })).rejects.toThrow('timed out');
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/collect: .*timed out/)]);
  });

  it('shutdown clears the timer of the interval', async () => {
    const clearInterval = vi.spyOn(globalThis, 'clearInterval');
    const setInterval = vi.spyOn(globalThis, 'setInterval');
    const reader = createReader();
    createMeter(reader);
    const timer = setInterval.mock.results.at(-1)?.value as NodeJS.Timeout;
    expect(timer.hasRef()).toBe(false);
    await reader.shutdown();
    expect(clearInterval).toHaveBeenCalledWith(timer);
  });
});

describe('selectAggregationTemporality', () => {
  const types = Object.values(InstrumentType);

  it.each([
    ['cumulative', []],
    ['delta', ['COUNTER', 'GAUGE', 'HISTOGRAM', 'OBSERVABLE_COUNTER', 'OBSERVABLE_GAUGE']],
    ['lowmemory', ['COUNTER', 'HISTOGRAM']],
  ] as const)('the temporality preference %s is applied as the exporter specification says', (temporality, deltas) => {
    const reader = createReader({ temporality });
    const found = types.filter((type) => reader.selectAggregationTemporality(type) === 0);
    expect(found.sort()).toEqual(deltas);
  });
});
