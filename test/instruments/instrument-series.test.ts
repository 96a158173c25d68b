import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { bindInstrument, clearSeries, removeSeries } from '../../src/instruments';
import { listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';
import { ManualReader } from './manual-reader';

describe('the series of an instrument of meterbridge', () => {
  it('the series of an instrument of meterbridge can be bound, removed by a part of their attributes, and cleared', async () => {
    const { meter, lines } = serve({ scopeInfoEnabled: false });
    const counter = meter.createCounter('jobs');
    bindInstrument(counter, { queue: 'a', host: '1' }).add(1);
    bindInstrument(counter, { queue: 'a', host: '2' }).add(1);
    bindInstrument(counter, { queue: 'b', host: '1' }).add(1);
    expect(removeSeries(counter, { queue: 'a' })).toBe(2);
    expect(removeSeries(counter, { queue: 'a' })).toBe(0);
    expect(await lines('jobs_total{')).toEqual(['jobs_total{queue="b",host="1"} 1']);
    clearSeries(counter);
    expect(await lines('jobs_total{')).toEqual([]);
  });
});

describe('the series of an instrument of a stock SDK', () => {
  it('the series of an instrument of a stock SDK can be bound', async () => {
    const reader = new ManualReader();
    const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
    const attributes = { a: '1' };
    const bound = bindInstrument(meter.createCounter('c'), attributes);
    attributes.a = '2';
    bound.add(2);
    bindInstrument(meter.createGauge('g')).record(3);
    expect(bound).not.toHaveProperty('record');
    const metrics = await reader.metrics();
    expect(metrics.get('c')?.dataPoints[0]).toMatchObject({ attributes: { a: '1' }, value: 2 });
    expect(metrics.get('g')?.dataPoints[0]).toMatchObject({ attributes: {}, value: 3 });
  });

  it('the series of an instrument of a stock SDK cannot be removed, which is reported once', () => {
    const diagnostics = listenToDiagnostics();
    const counter = new MeterProvider().getMeter('test').createCounter('c');
    counter.add(1);
    expect(removeSeries(counter, {})).toBe(0);
    clearSeries(counter);
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/^meterbridge unsupported: /)]);
    diagnostics.stop();
  });
});
