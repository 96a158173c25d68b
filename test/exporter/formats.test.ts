import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AggregationType } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../served';
import { until } from '../servers/processes';
import { hasPrometheus, hasPromtool, PrometheusServer, promtoolCheckMetrics } from '../servers/prometheus';

/** The formats in which a real Prometheus scrapes one app. */
const FORMATS = [
  { name: 'text', accept: 'text/plain;version=0.0.4', flags: [] },
  { name: 'text-1.0.0', accept: 'text/plain;version=1.0.0', flags: [] },
  { name: 'openmetrics', accept: undefined, flags: [] },
  { name: 'openmetrics-0.0.1', accept: 'application/openmetrics-text;version=0.0.1', flags: [] },
  { name: 'protobuf', accept: undefined, flags: ['--enable-feature=native-histograms'] },
] as const;

const DOUBLE = { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const;

describe.skipIf(!hasPrometheus)('a real Prometheus', () => {
  const served = serve({
    selfMetrics: true,
    createdSamples: true,
    views: [{ instrumentName: 'native.*', aggregation: DOUBLE }],
  });
  const acceptHeaders = new Set<string>();
  const server = createServer((request, response) => {
    // Replaces the Accept header to select the format under test, and records the one that Prometheus sent.
    const format = FORMATS.find(({ name }) => request.url?.endsWith(`/${name}`));
    acceptHeaders.add(`${format?.name}: ${request.headers.accept}`);
    if (format?.accept !== undefined) request.headers.accept = format.accept;
    served.reader.handler(request, response);
  });

  beforeAll(async () => {
    const { meter } = served;
    meter
      .createCounter('http.requests', { description: 'All "requests"\n\\o/' })
      .add(3, { 'http.route': '/a"b\\c\nd' });
    meter.createUpDownCounter('open.files').add(-2);
    meter.createGauge('temperature', { unit: 'Cel' }).record(Number.NaN, { where: 'ünï🦀' });
    meter.createGauge('load', { unit: '1' }).record(Infinity);
    const classic = meter.createHistogram('wait', { unit: 's', advice: { explicitBucketBoundaries: [0.1, 1, 10] } });
    for (const value of [0.05, 0.5, 5, 50]) classic.record(value, { queue: 'a' });
    const native = meter.createHistogram('native.size', { unit: 'By' });
    for (let i = 1; i <= 1000; i++) native.record(i);
    meter.createHistogram('native.nothing');
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.concurrent.each(FORMATS)(
    'a real Prometheus stores the values of a page in the format $name',
    async ({ name, flags }) => {
      const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const prometheus = await PrometheusServer.start([{ job: 'app', target, path: `/${name}` }], '', flags);
      try {
        await prometheus.allUp(1);
        const value = async (query: string) =>
          until(async () => {
            const [series] = await prometheus.query(query);
            return series?.value[1];
          });
        expect(await value('http_requests_total{http_route="/a\\"b\\\\c\\nd"}')).toBe('3');
        expect(await value('open_files')).toBe('-2');
        expect(await value('temperature_celsius{where="ünï🦀"}')).toBe('NaN');
        expect(await value('load')).toBe('+Inf');
        expect(await value('count({__name__=~"meterbridge_scrape_errors_total"})')).toBe('3');
        expect(await value('target_info{telemetry_sdk_language="nodejs"}')).toBe('1');
        if (name === 'protobuf') {
          expect(Number(await value('histogram_count(native_size_bytes)'))).toBe(1000);
          expect(Number(await value('histogram_sum(native_size_bytes)'))).toBe(500_500);
          const median = Number(await value('histogram_quantile(0.5, native_size_bytes)'));
          expect(Math.abs(median - 500)).toBeLessThan(10);
          const high = Number(await value('histogram_quantile(0.99, native_size_bytes)'));
          expect(Math.abs(high - 990)).toBeLessThan(30);
        } else {
          expect(await value('native_size_bytes_count')).toBe('1000');
          expect(await value('native_size_bytes_sum')).toBe('500500');
        }
        expect(await value('wait_seconds_bucket{le=~"1|1.0",queue="a"}')).toBe('2');
        expect(await value('wait_seconds_bucket{le="+Inf"}')).toBe('4');
        expect(await value('wait_seconds_sum')).toBe('55.55');
      } finally {
        await prometheus.stop();
      }
    },
  );

  it('a real Prometheus prefers protobuf if native histograms are enabled', () => {
    const protobuf = [...acceptHeaders].filter((line) => line.startsWith('protobuf: application/vnd.google.protobuf'));
    expect(protobuf).toHaveLength(1);
  });
});

describe.skipIf(!hasPromtool)('promtool', () => {
  it('promtool accepts the page under every translation strategy', async () => {
    for (const translationStrategy of [
      'UnderscoreEscapingWithSuffixes',
      'UnderscoreEscapingWithoutSuffixes',
      'NoTranslation',
    ] as const) {
      const { meter, page } = serve({ translationStrategy, selfMetrics: true });
      meter.createCounter('a.b').add(1, { 'c.d': 'e', __name__: 'no', '1st': 'x', le: 'y' });
      meter.createHistogram('h.i', { unit: 's' }).record(1, { le: 'own' });
      const { findings } = await promtoolCheckMetrics(await page());
      expect(findings.filter((line) => line.startsWith('error while linting'))).toEqual([]);
    }
  });
});
