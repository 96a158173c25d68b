import type { Meter } from '@opentelemetry/api';
import { AggregationType } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PrometheusReaderOptions } from '../../src/exporter/prometheus-reader';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { hasOpenMetricsJudge, openMetricsVerdict } from '../judges/client-python';
import { hasPromtoolJudge, promtoolVerdict } from '../judges/promtool';
import { serve } from '../served';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

interface Program {
  readonly name: string;
  readonly record: (meter: Meter) => void;
  readonly options?: PrometheusReaderOptions;
  /** Lines that are on the OpenMetrics page, without labels of scopes. */
  readonly keeps: readonly string[];
}

const bounds = (...explicitBucketBoundaries: number[]) => ({ advice: { explicitBucketBoundaries } });

/** Programs whose families share names (OpenMetrics 1.0, "MetricFamily"), or whose values the format does not allow. */
const PROGRAMS: readonly Program[] = [
  {
    name: 'a gauge named target, whose page also has target_info',
    record: (meter) => meter.createGauge('target').record(1),
    options: { targetInfoEnabled: true },
    keeps: ['target 1', '# TYPE target_info gauge'],
  },
  {
    name: 'a user metric named target_info',
    record: (meter) => meter.createGauge('target_info').record(5, { x: 'y' }),
    options: { targetInfoEnabled: true },
    keeps: ['# TYPE target info'],
  },
  {
    name: 'a counter and a counter that is named like its start time',
    record: (meter) => {
      meter.createCounter('jobs').add(1);
      meter.createCounter('jobs.created').add(2);
    },
    keeps: ['jobs_total 1', 'jobs_created_total 2'],
  },
  {
    name: 'a counter and a gauge that is named like its start time',
    record: (meter) => {
      meter.createCounter('jobs').add(1);
      meter.createGauge('jobs.created').record(2);
    },
    keeps: ['jobs_total 1', 'jobs_created 2'],
  },
  {
    name: 'a histogram and a gauge that is named like its start time',
    record: (meter) => {
      meter.createHistogram('jobs', bounds(1)).record(1);
      meter.createGauge('jobs.created').record(2);
    },
    keeps: ['jobs_count 1'],
  },
  {
    name: 'a histogram and a counter that is named like its count',
    record: (meter) => {
      meter.createHistogram('request', bounds(1)).record(1);
      meter.createCounter('request.count').add(3);
    },
    keeps: ['request_count 1', 'request_count_total 3'],
  },
  {
    name: 'a counter and a gauge of its name without the suffix',
    record: (meter) => {
      meter.createCounter('c').add(1);
      meter.createGauge('c').record(2);
    },
    keeps: ['c_total 1', 'c 2'],
  },
  {
    name: 'a counter under a strategy without suffixes',
    record: (meter) => meter.createCounter('c').add(1),
    options: { translationStrategy: 'NoTranslation' },
    keeps: ['# TYPE c counter', 'c_total 1'],
  },
  {
    name: 'a histogram with a negative boundary',
    record: (meter) => meter.createHistogram('h', bounds(-5, 0, 5)).record(1),
    keeps: ['h_bucket{le="-5.0"} 0', 'h_bucket{le="+Inf"} 1'],
  },
  {
    name: 'an observable counter that observes NaN and a negative number',
    record: (meter) =>
      meter.createObservableCounter('c').addCallback((result) => {
        result.observe(Number.NaN, { a: 'nan' });
        result.observe(-1, { a: 'negative' });
        result.observe(1, { a: 'ok' });
      }),
    keeps: ['c_total{a="ok"} 1'],
  },
  {
    name: 'a histogram whose boundaries repeat',
    record: (meter) => meter.createHistogram('h', bounds(-0, 0, 1, 1, 2)).record(1),
    keeps: ['h_bucket{le="+Inf"} 1'],
  },
  {
    name: 'attributes whose names begin with two underscores',
    record: (meter) => meter.createGauge('g').record(1, { __name__: 'x', __y__: 'z' }),
    options: { translationStrategy: 'NoTranslation' },
    keeps: ['g{exported___name__="x",exported___y__="z"} 1'],
  },
  {
    name: 'attribute values of every kind',
    record: (meter) => {
      const gauge = meter.createGauge('g');
      const values = [Number.NaN, Infinity, -Infinity, true, [1, Number.NaN], ['x', null], 'x\n"\\'];
      for (const [i, value] of values.entries()) gauge.record(1, { [`a${i}`]: value });
    },
    keeps: ['g{a0="NaN"} 1', 'g{a1="Infinity"} 1', 'g{a2="-Infinity"} 1', 'g{a3="true"} 1'],
  },
  {
    name: 'a user metric with the name of one of the endpoint itself',
    record: (meter) => meter.createCounter('meterbridge.scrape.errors').add(1, { mine: 'yes' }),
    options: { selfMetrics: true },
    keeps: ['meterbridge_scrape_errors_total{reason="callback"} 0'],
  },
];

describe.skipIf(!hasOpenMetricsJudge || !hasPromtoolJudge)('pages read by parsers that are not ours', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  it.each(PROGRAMS)('pages of $name are accepted by foreign parsers', async ({ record, options, keeps }) => {
    for (const createdSamples of [false, true]) {
      const { meter, page } = serve({
        targetInfoEnabled: false,
        scopeInfoEnabled: false,
        createdSamples,
        ...options,
      });
      record(meter);
      const openMetrics = await page(OPENMETRICS);
      expect(openMetricsVerdict(openMetrics)).toBeUndefined();
      expect(openMetrics.split('\n')).toEqual(expect.arrayContaining([...keeps]));
      expect(promtoolVerdict(await page())).toBeUndefined();
    }
  });

  it('join the values of labels that meet in the order of their original keys, resource attributes included', async () => {
    const { meter, page, lines } = serve({
      scopeInfoEnabled: false,
      resourceConstantLabels: { included: ['service.name'] },
    });
    meter.createGauge('g').record(1, { service_name: 'attribute' });
    meter.createHistogram('h', bounds(1)).record(1, { le: 'mine' });
    expect((await lines('g{'))[0]).toMatch(/^g\{service_name="unknown_service[^;]*;attribute"\} 1$/);
    expect(openMetricsVerdict(await page(OPENMETRICS))).toBeUndefined();
    expect(promtoolVerdict(await page())).toBeUndefined();
  });

  it('hold native histograms as their count and sum', async () => {
    const { meter, page } = serve({
      scopeInfoEnabled: false,
      views: [{ instrumentName: 'n', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
    });
    meter.createHistogram('n').record(3);
    const openMetrics = await page(OPENMETRICS);
    expect(openMetricsVerdict(openMetrics)).toBeUndefined();
    expect(openMetrics).toContain('n_bucket{le="+Inf"} 1\nn_sum 3\nn_count 1\n');
    expect(promtoolVerdict(await page())).toBeUndefined();
  });
});
