import { execFileSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { type CollectionResult, MeterProvider, type MetricProducer } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SliceProducer } from '../../src/collection/slices';
import { PrometheusReader, type ScrapeOptions } from '../../src/exporter/prometheus-reader';
import { parseExposition } from '../../src/exposition/decode/parser';
import type { Exposition } from '../../src/http/handlers';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { stream } from '../exposition/streams';
import { serve } from '../served';
import { ROOT } from '../servers/processes';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=underscores';

async function page(reader: PrometheusReader, options?: ScrapeOptions): Promise<string> {
  const { status, body } = await reader.scrape(options);
  expect(status).toBe(200);
  return text(body as AsyncIterable<Uint8Array>);
}

async function firstPiece(body: Exposition['body']): Promise<Uint8Array | undefined> {
  for await (const piece of body) return piece;
  return undefined;
}

function sampleOf(exposition: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const family = parseExposition(exposition).get(name);
  const matches = Object.entries(labels);
  return family?.samples.find((sample) => matches.every(([key, value]) => sample.labels.get(key) === value))?.value;
}

describe('PrometheusReader', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  it('loads no package of OpenTelemetry but the API', () => {
    const program = `
const { PrometheusReader } = require(${JSON.stringify(ROOT)});
new PrometheusReader();
const packages = Object.keys(require.cache).map((file) => /node_modules\\/(@opentelemetry\\/[^/]+)/.exec(file)?.[1]);
console.log(JSON.stringify([...new Set(packages.filter(Boolean))]));`;
    const loaded = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' });
    expect(JSON.parse(loaded)).toEqual(['@opentelemetry/api']);
  });

  it('is a reader of a stock MeterProvider, and of one only', async () => {
    const reader = new PrometheusReader({ selfMetrics: false });
    const provider = new MeterProvider({ readers: [reader] });
    provider.getMeter('lib').createCounter('c').add(2);
    expect(sampleOf(await page(reader), 'c_total')).toBe(2);
    expect((await reader.collect()).resourceMetrics.scopeMetrics).toHaveLength(1);
    expect(() => new MeterProvider({ readers: [reader] })).toThrow('belongs to a MeterProvider already');
    await provider.shutdown();
    await expect(reader.collect()).rejects.toThrow('shut down');
    expect((await reader.scrape()).status).toBe(503);
  });

  it('answers 503 with the reason if the producer rejects with any value', async () => {
    const { reader } = serve();
    for (const reason of [undefined, null, new Error('broken'), Symbol('x')]) {
      const failing = new PrometheusReader();
      failing.setMetricProducer({ collect: () => Promise.reject(reason) });
      const { status, body } = await failing.scrape();
      expect(status).toBe(503);
      expect(await text(body as AsyncIterable<Uint8Array>)).toMatch(/^metrics cannot be collected: /);
    }
    expect(new Set(diagnostics.codes())).toEqual(new Set(['collect']));
    expect((await reader.scrape()).status).toBe(200);
  });

  it('serves all other metrics when a callback rejects with undefined', async () => {
    const { meter, reader } = serve({ selfMetrics: true });
    meter.createObservableGauge('bad').addCallback(() => Promise.reject(undefined));
    meter.createCounter('good').add(1);
    await page(reader);
    const exposition = await page(reader);
    expect(sampleOf(exposition, 'good_total')).toBe(1);
    expect(sampleOf(exposition, 'meterbridge_scrape_errors_total', { reason: 'callback' })).toBe(2);
    expect(diagnostics.codes()).toEqual(['callback']);
  });

  describe('with a family that cannot be encoded', () => {
    const unreadable = () =>
      Object.defineProperty({ a: 'b' }, 'x', {
        enumerable: true,
        get() {
          throw new Error('unreadable');
        },
      });
    const producer = (): SliceProducer => ({
      collect: () => Promise.reject(new Error('not used')),
      collectSlices: async () => ({
        resource: { attributes: {} },
        streams: [
          stream('counter', 'a', [[{}, 1]]),
          stream('counter', 'bad', [[unreadable(), 1]]),
          stream('counter', 'z', [[{}, 2]]),
        ],
        errors: [],
      }),
      collectRecorded: () => ({ resource: { attributes: {} }, streams: [], errors: [] }),
      counts: () => ({ overflowMeasurements: new Map([['a', 7]]), hangingCallbacks: 3 }),
    });

    it.each(['text/plain', OPENMETRICS, PROTOBUF])('serves all other families as %s', async (accept) => {
      const reader = new PrometheusReader();
      reader.setMetricProducer(producer());
      const exposition = await page(reader, { accept });
      expect(exposition).toContain('a_total');
      expect(exposition).toContain('z_total');
      if (accept !== PROTOBUF) {
        const format = accept === OPENMETRICS ? 'openmetrics' : 'text';
        expect([...parseExposition(exposition, format).keys()].some((name) => name.startsWith('bad'))).toBe(false);
      }
      expect(diagnostics.messages()).toHaveLength(1);
      const next = await page(reader);
      expect(sampleOf(next, 'meterbridge_scrape_errors_total', { reason: 'encode' })).toBe(1);
      expect(sampleOf(next, 'meterbridge_overflow_measurements_total', { metric: 'a' })).toBe(7);
      expect(sampleOf(next, 'meterbridge_hanging_callbacks')).toBe(3);
    });
  });

  it('counts metrics that are left out, by reason', async () => {
    const { meter, reader } = serve({ selfMetrics: true });
    meter.createCounter('meterbridge.scrapes').add(1);
    meter.createGauge('...').record(1);
    await page(reader);
    const exposition = await page(reader);
    expect(sampleOf(exposition, 'meterbridge_dropped_metrics_total', { reason: 'conflict' })).toBe(1);
    expect(sampleOf(exposition, 'meterbridge_dropped_metrics_total', { reason: 'invalid' })).toBe(1);
  });

  it('serves further producers, without their resource, and goes on without one that fails', async () => {
    const result = (name: string): CollectionResult =>
      ({
        errors: [],
        resourceMetrics: {
          resource: { attributes: { from: name } },
          scopeMetrics: [
            {
              scope: { name: 'further' },
              metrics: [
                {
                  descriptor: { name, description: '', unit: '', valueType: 1 },
                  dataPointType: 2,
                  aggregationTemporality: 1,
                  dataPoints: [{ attributes: {}, startTime: [1, 0], endTime: [2, 0], value: 5 }],
                },
              ],
            },
          ],
        },
      }) as unknown as CollectionResult;
    const metricProducers: MetricProducer[] = [
      { collect: async () => result('first') },
      { collect: () => Promise.reject(new Error('unreachable')) },
      { collect: async () => result('second') },
    ];
    const { meter, reader } = serve({ metricProducers });
    meter.createGauge('own').record(1);
    const exposition = await page(reader);
    for (const [name, value] of [
      ['own', 1],
      ['first', 5],
      ['second', 5],
    ] as const) {
      expect(sampleOf(exposition, name)).toBe(value);
    }
    expect(exposition).not.toContain('from=');
    expect(diagnostics.messages()).toEqual([expect.stringContaining('unreachable')]);
    const { resourceMetrics, errors } = await reader.collect();
    expect(resourceMetrics.scopeMetrics).toHaveLength(3);
    expect(errors).toHaveLength(1);
  });

  describe('with concurrent scrapes', () => {
    /** A producer whose callback completes on demand. */
    function controlled() {
      let observe = () => {};
      const gate = new Promise<void>((resolve) => {
        observe = resolve;
      });
      const served = serve({ selfMetrics: false, targetInfoEnabled: false });
      let runs = 0;
      served.meter.createObservableGauge('async').addCallback(async (result) => {
        runs++;
        await gate;
        result.observe(runs);
      });
      return { ...served, observe, runs: () => runs };
    }

    it('runs callbacks once for all, and makes each format once', async () => {
      const { reader, observe, runs } = controlled();
      const scrapes = [undefined, undefined, OPENMETRICS, OPENMETRICS].map((accept) => reader.scrape({ accept }));
      observe();
      const pieces = await Promise.all(scrapes.map(async (scrape) => firstPiece((await scrape).body)));
      expect(runs()).toBe(1);
      expect(pieces[0]).toBe(pieces[1]);
      expect(pieces[2]).toBe(pieces[3]);
      expect(pieces[0]).not.toBe(pieces[2]);
    });

    it('a scrape with a short timeout does not shorten the time of callbacks for concurrent scrapes', async () => {
      const { reader, observe } = controlled();
      const hasty = reader.scrape({ timeoutMillis: 1 });
      const patient = page(reader, { timeoutMillis: 10_000 });
      await hasty;
      observe();
      expect(sampleOf(await patient, 'async')).toBeGreaterThan(0);
    });

    it('gives a scrape that comes after a page was read a page of its own', async () => {
      const { meter, reader } = serve({ selfMetrics: false });
      const counter = meter.createCounter('c');
      for (let i = 1; i <= 3; i++) {
        counter.add(1);
        expect(sampleOf(await page(reader), 'c_total')).toBe(i);
      }
    });

    it('limits a page to the families that are asked for, whatever others ask for', async () => {
      const { meter, reader } = serve({ selfMetrics: false, targetInfoEnabled: false });
      for (const name of ['a', 'b']) meter.createGauge(name).record(1);
      const pages = await Promise.all([
        page(reader),
        page(reader, { filter: (name) => name === 'a' }),
        page(reader, { filter: (name) => name === 'b' }),
      ]);
      expect(pages.map((each) => [...parseExposition(each).keys()])).toEqual([['a', 'b'], ['a'], ['b']]);
    });
  });
});
