import { createNoopMeter } from '@opentelemetry/api';
import {
  type DataPoint,
  DataPointType,
  type Histogram,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import type { Catalog, MetricDefinition } from '../../src/catalog/define';
import { bind, catalogViews, clear, createInstruments, DEFAULT_BUCKETS, remove } from '../../src/instruments';
import { Hodei } from '../../src/systems/hodei';
import { SYSTEMS } from '../systems/systems';

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}

  async metrics(): Promise<Map<string, MetricData>> {
    const { resourceMetrics } = await this.collect();
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    return new Map(all.map((metric) => [metric.descriptor.name, metric]));
  }
}

/** A value for each label of a metric. */
function someLabels({ labels = {} }: MetricDefinition): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels).map(([label, values]) => [label, Array.isArray(values) ? (values[0] as string) : 'some']),
  );
}

/** Records one measurement on every metric of a catalog. */
function recordAll(instruments: ReturnType<typeof createInstruments<Catalog>>): void {
  for (const instrument of Object.values(instruments)) {
    const labels = someLabels(instrument.definition);
    if ('add' in instrument) instrument.add(2, labels as never);
    else instrument.record(2, labels as never);
  }
}

describe.each(SYSTEMS)('the catalog of $name on a stock MeterProvider', ({ create, families }) => {
  const { catalog } = create(createNoopMeter());

  it('has as many families as its document names', () => {
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

  it('has its counters and gauges of closed labels at 0 from the start', async () => {
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

  it('does nothing without an SDK, and nothing fails', () => {
    const instruments = createInstruments(createNoopMeter(), catalog);
    recordAll(instruments);
    for (const instrument of Object.values(instruments)) {
      instrument.remove(someLabels(instrument.definition) as never);
      instrument.clear();
    }
    expect(Object.keys(instruments)).toHaveLength(families);
  });
});

describe('any instrument of any SDK', () => {
  it('can be bound; a stock SDK cannot end a series, and says so', async () => {
    const reader = new ManualReader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
    const counter = meter.createCounter('c');
    const gauge = meter.createGauge('g');
    bind(counter, { a: '1' }).add(2);
    bind(gauge).record(3);
    const metrics = await reader.metrics();
    expect(metrics.get('c')?.dataPoints[0]).toMatchObject({ attributes: { a: '1' }, value: 2 });
    expect(metrics.get('g')?.dataPoints[0]).toMatchObject({ attributes: {}, value: 3 });
    expect([remove(counter, { a: '1' }), clear(gauge)]).toEqual([false, false]);
  });

  it('keeps the readable value of a catalog instrument where the SDK has none to read', () => {
    const hodei = new Hodei(new MeterProvider().getMeter('test'));
    hodei.setJobsQueued(4);
    hodei.recordQueueWaitTime(0.5);
    hodei.incrementWorkersRegistered();
    const { jobsQueued, queueWaitTimeSeconds, workersRegisteredTotal } = hodei.instruments;
    expect([jobsQueued.get(), workersRegisteredTotal.get()]).toEqual([4, 1]);
    expect(queueWaitTimeSeconds.get()).toEqual({ count: 1, sum: 0.5 });
  });
});
