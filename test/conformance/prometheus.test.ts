import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, type IMetricReader, InstrumentType } from '@opentelemetry/sdk-metrics';
import protobuf from 'protobufjs';
import { afterEach, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { PrometheusReader, type PrometheusReaderOptions } from '../../src/exporter/prometheus-reader';
import { start } from '../../src/sdk/start';
import { serve } from '../served';

// OpenTelemetry specification of 2026-08: specification/metrics/sdk_exporters/prometheus.md and
// specification/compatibility/prometheus_and_openmetrics.md, "OTLP Metric points to Prometheus". Each test names the section
// and the clause. docs/conformance.md lists every clause.

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

/** Returns the lines of a page of one counter, recorded by a service with a resource. */
async function scrapeService(options: PrometheusReaderOptions = {}): Promise<string[]> {
  const reader = new PrometheusReader({ selfMetrics: false, ...options });
  const resource = resourceFromAttributes({ 'service.name': 'shop', 'host.name': 'a', 'host.cpus': 4 });
  new MeterProvider({ resource, readers: [reader] }).getMeter('lib', '1.0.0').createCounter('jobs').add(1);
  return (await buffer(Readable.from((await reader.scrape()).body))).toString().split('\n');
}

describe('Prometheus exporter', () => {
  afterEach(() => metrics.disable());

  it('Version and Format MUST be text 0.0.4 by default, with its content type', async () => {
    const { contentType } = await serve().reader.scrape();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('Version and Format SHOULD NOT add timestamps to samples', async () => {
    const { meter, page } = serve();
    meter.createCounter('c').add(1);
    meter.createHistogram('h').record(1);
    const samples = (await page()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const sample of samples) expect(sample).toMatch(/^[^ ]+({.*})? [^ ]+$/);
  });

  it('Temporality MUST be cumulative for every kind of instrument', () => {
    const reader: IMetricReader = new PrometheusReader();
    for (const kind of Object.values(InstrumentType)) {
      expect(reader.selectAggregationTemporality(kind)).toBe(AggregationTemporality.CUMULATIVE);
    }
  });

  it('Host MUST be localhost by default', async () => {
    const sdk = await start({ prometheus: { port: 0 }, http: false, runtimeMetrics: 'none' });
    try {
      expect(sdk.urls[0]).toMatch(/^http:\/\/localhost:\d+\/metrics$/);
    } finally {
      await sdk.shutdown();
    }
  });

  it('Resource Attributes as Metric Labels MUST NOT be added by default', async () => {
    expect((await scrapeService()).filter((line) => line.startsWith('jobs'))).toEqual([
      'jobs_total{otel_scope_name="lib",otel_scope_version="1.0.0"} 1',
    ]);
  });

  it('Resource Attributes as Metric Labels MUST NOT be excluded from target_info', async () => {
    const lines = await scrapeService({ resourceConstantLabels: { included: ['host.*'], excluded: ['host.cpus'] } });
    expect(lines).toContain('jobs_total{host_name="a",otel_scope_name="lib",otel_scope_version="1.0.0"} 1');
    expect(lines.find((line) => line.startsWith('target_info'))).toContain('host_name="a"');
  });

  it('Scope Info and Target Info MUST be true by default, and can be switched off', async () => {
    const lines = await scrapeService({ scopeInfoEnabled: false, targetInfoEnabled: false });
    expect(lines).toContain('jobs_total 1');
    expect(lines.join()).not.toContain('target_info');
    expect((await scrapeService()).join()).toContain('target_info{');
  });

  it('Target MUST be exposed at most once, however many scopes there are', async () => {
    const { provider, page } = serve();
    for (const scope of ['a', 'b']) provider.getMeter(scope).createCounter('jobs').add(1);
    expect((await page()).match(/^target_info/gm)).toHaveLength(1);
  });

  it('Interaction with Translation Strategy MUST apply the strategy first and the escaping of the scraper then', async () => {
    const { meter, page } = serve({ translationStrategy: 'NoUTF8EscapingWithSuffixes', scopeInfoEnabled: false });
    meter.createCounter('a.b').add(1);
    expect(await page(`${OPENMETRICS};escaping=allow-utf-8`)).toContain('{"a.b_total"} 1');
    expect(await page(`${OPENMETRICS};escaping=underscores`)).toContain('a_b_total 1');
    expect(await page('text/plain')).toContain('a_b_total 1');
  });
});

describe('Prometheus compatibility', () => {
  it('Metric Metadata MUST be HELP, TYPE and UNIT, with brackets of the unit dropped and rates in words', async () => {
    const { meter, lines } = serve({ scopeInfoEnabled: false });
    meter.createGauge('speed', { description: 'How fast', unit: 'm/s' }).record(1);
    meter.createCounter('sent', { description: 'Packets', unit: '{packet}' }).add(1);
    expect(await lines('speed', OPENMETRICS)).toEqual([
      '# TYPE speed_meters_per_second gauge',
      '# UNIT speed_meters_per_second meters_per_second',
      '# HELP speed_meters_per_second How fast',
      'speed_meters_per_second 1',
    ]);
    expect(await lines('sent')).toEqual(['# HELP sent_total Packets', '# TYPE sent_total counter', 'sent_total 1']);
  });

  it('Sums MUST be counters if they are monotonic and gauges otherwise', async () => {
    const { meter, lines } = serve({ scopeInfoEnabled: false });
    meter.createCounter('up').add(1);
    meter.createUpDownCounter('both').add(-1);
    expect(await lines('up')).toContain('# TYPE up_total counter');
    expect(await lines('both')).toEqual(['# HELP both ', '# TYPE both gauge', 'both -1']);
  });

  it('Sums and histograms SHOULD have their start time in protobuf', async () => {
    const { meter, reader } = serve({ targetInfoEnabled: false });
    const before = Math.floor(Date.now() / 1000);
    meter.createCounter('c').add(1);
    meter.createHistogram('h').record(1);
    const { body } = await reader.scrape({ accept: PROTOBUF });
    const families = decodeFamilies(await buffer(Readable.from(body)));
    const starts = families.map(({ metric: [metric] }) =>
      Number((metric?.counter ?? metric?.histogram)?.start?.seconds),
    );
    expect(starts).toHaveLength(2);
    for (const seconds of starts) expect(seconds).toBeGreaterThanOrEqual(before);
  });

  it('Exemplars MUST be dropped from gauges, and MUST have trace_id, span_id and a timestamp on counters', async () => {
    const { meter, lines } = serve({ scopeInfoEnabled: false });
    const context = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: 'a'.repeat(32),
      spanId: 'b'.repeat(16),
      traceFlags: 1,
    });
    meter.createCounter('c').add(1, {}, context);
    meter.createGauge('g').record(1, {}, context);
    expect((await lines('c_total', OPENMETRICS)).at(-1)).toMatch(
      /^c_total 1 # \{trace_id="a{32}",span_id="b{16}"\} 1 \d+(\.\d+)?$/,
    );
    expect((await lines('g', OPENMETRICS)).at(-1)).toBe('g 1');
  });

  it('Metric Attributes that are not strings MUST be written as JSON', async () => {
    const { meter, lines } = serve({ scopeInfoEnabled: false });
    meter.createGauge('g').record(1, { list: ['a', 'b'], flag: true, number: 1.5 });
    expect((await lines('g{'))[0]).toBe(String.raw`g{list="[\"a\",\"b\"]",flag="true",number="1.5"} 1`);
  });

  it('Resource Attributes of target_info MUST be those of the resource and no others', async () => {
    const target = (await scrapeService()).find((line) => line.startsWith('target_info'));
    expect(target).toBe('target_info{service_name="shop",host_name="a",host_cpus="4"} 1');
  });
});

interface WithStart {
  readonly start?: { readonly seconds: unknown };
}

interface Family {
  readonly metric: readonly { readonly counter?: WithStart; readonly histogram?: WithStart }[];
}

/** Decodes the fields of io.prometheus.client that are needed here (prometheus/client_model, metrics.proto). */
function decodeFamilies(page: Buffer): Family[] {
  const { root } = protobuf.parse(`syntax = "proto3";
    message Timestamp { int64 seconds = 1; int32 nanos = 2; }
    message Counter { double value = 1; Timestamp start = 3; }
    message Histogram { uint64 count = 1; Timestamp start = 15; }
    message Metric { Counter counter = 3; Histogram histogram = 7; }
    message MetricFamily { string name = 1; repeated Metric metric = 4; }`);
  const type = root.lookupType('MetricFamily');
  const reader = protobuf.Reader.create(page);
  const families: Family[] = [];
  while (reader.pos < reader.len) families.push(type.decodeDelimited(reader) as unknown as Family);
  return families;
}
