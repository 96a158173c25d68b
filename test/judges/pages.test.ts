import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Attributes, Meter } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { PrometheusReader, type PrometheusReaderOptions } from '../../src/exporter/prometheus-reader';
import { parseExposition } from '../../src/exposition/decode/parser';
import { hasOpenMetricsJudge, openMetricsVerdict } from './client-python';
import { hasPromtoolJudge, promtoolVerdict } from './promtool';

interface Program {
  readonly does: string;
  readonly record: (meter: Meter, provider: MeterProvider) => void;
  readonly resource?: Attributes;
  readonly options?: PrometheusReaderOptions;
}

/** What programs do, however odd: the page must be accepted by every reader. */
const PROGRAMS: readonly Program[] = [
  { does: 'records nothing', record: () => {} },
  {
    does: 'uses every instrument',
    record: (meter) => {
      meter.createCounter('a.counter', { unit: 'By' }).add(1, { 'x.y': 'z' });
      meter.createUpDownCounter('a.sum').add(-1);
      meter.createGauge('a.gauge', { unit: '1' }).record(Number.NaN);
      meter.createHistogram('a.histogram', { unit: 's' }).record(0.5);
      meter.createObservableGauge('an.observable').addCallback((result) => result.observe(-Infinity));
    },
  },
  {
    does: 'describes metrics with characters that are escaped',
    record: (meter) =>
      meter.createGauge('g', { description: 'a "b"\n\\c\r\t\u0000' }).record(1, { v: 'a "b"\n\\c\r\t' }),
  },
  {
    does: 'gives attributes values of every type',
    record: (meter) => {
      const values = [Number.NaN, Infinity, true, 5, '5', ['a', Number.NaN], new Uint8Array([104, 105]), ''];
      for (const value of values) meter.createCounter('c').add(1, { value } as Attributes);
    },
  },
  {
    does: 'gives attributes names that become one label, or that are reserved',
    record: (meter) => {
      const attributes = {
        'a.b': '1',
        a_b: '2',
        le: '3',
        __name__: '4',
        quantile: '5',
        job: '6',
        '1st': '7',
        __x__: '8',
      };
      meter.createGauge('g').record(1, attributes);
      meter.createHistogram('h').record(1, attributes);
    },
  },
  {
    does: 'has resource attributes that become labels of samples',
    record: (meter) => {
      meter.createGauge('g').record(1, { service_name: 'attribute' });
      meter.createHistogram('h').record(1, { le: 'attribute' });
    },
    resource: { 'service.name': 'resource', otel_scope_name: 'resource' },
    options: { resourceConstantLabels: {} },
  },
  {
    does: 'names metrics so that they become one',
    record: (meter, provider) => {
      meter.createCounter('one.name', { description: 'first' }).add(1);
      provider.getMeter('other').createCounter('one_name', { description: 'second' }).add(1);
      provider.getMeter('third').createGauge('one.name.total').record(1);
    },
  },
];

async function page({ record, resource, options }: Program, accept?: string): Promise<string> {
  const exporter = new PrometheusReader({ selfMetrics: false, ...options });
  const provider = new MeterProvider({
    readers: [exporter],
    ...(resource === undefined ? {} : { resource: resourceFromAttributes(resource) }),
  });
  record(provider.getMeter('test'), provider);
  const { body } = await exporter.scrape({ accept });
  return text(Readable.from(body));
}

describe('the page of a program that', () => {
  describe.runIf(hasOpenMetricsJudge).each(PROGRAMS)('$does', (program) => {
    it("the page of a program is accepted by Prometheus's Python client and by parseExposition as OpenMetrics", async () => {
      const text = await page(program, 'application/openmetrics-text;version=1.0.0');
      expect(openMetricsVerdict(text)).toBeUndefined();
      expect(() => parseExposition(text, 'openmetrics')).not.toThrow();
    });
  });

  describe.runIf(hasPromtoolJudge).each(PROGRAMS)('$does', (program) => {
    it('the page of a program is accepted by promtool and by parseExposition as text', async () => {
      const text = await page(program);
      expect(promtoolVerdict(text)).toBeUndefined();
      expect(() => parseExposition(text)).not.toThrow();
    });
  });
});
