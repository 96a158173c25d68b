import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { AggregationType } from '@opentelemetry/sdk-metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { until } from '../servers/processes';
import type { PrometheusServer } from '../servers/prometheus';
import { hasPrometheus3, startPrometheus3 } from './prometheus-3';

/** The protocols of a scrape, and how they write names outside the legacy set. */
const JOBS = [
  { job: 'openmetrics', protocol: 'OpenMetricsText1.0.0', isUtf8: true },
  { job: 'openmetrics-old', protocol: 'OpenMetricsText0.0.1', isUtf8: false },
  { job: 'text', protocol: 'PrometheusText1.0.0', isUtf8: true },
  { job: 'text-old', protocol: 'PrometheusText0.0.4', isUtf8: false },
  { job: 'protobuf', protocol: 'PrometheusProto', isUtf8: false },
] as const;

const TRACE = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
};

interface ExemplarSeries {
  readonly seriesLabels: Readonly<Record<string, string>>;
  readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: string }[];
}

describe.skipIf(!hasPrometheus3)('Prometheus 3, with names that are not translated', () => {
  const exporter = new PrometheusReader({
    selfMetrics: false,
    scopeInfoEnabled: false,
    translationStrategy: 'NoTranslation',
  });
  const provider = new MeterProvider({
    readers: [exporter],
    exemplarFilter: 'always_on',
    views: [{ instrumentName: 'native.*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
  });
  const accepts = new Map<string, string>();
  const server = createServer((request, response) => {
    accepts.set(request.url?.slice(1) ?? '', request.headers.accept ?? '');
    exporter.handler(request, response);
  });
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    const meter = provider.getMeter('test');
    const inSpan = trace.setSpanContext(ROOT_CONTEXT, TRACE);
    meter.createCounter('http.requests_total', { description: 'All requests' }).add(3, { 'http.route': '/ü' }, inSpan);
    meter.createGauge('größe.größte').record(1.5, { 'schlüssel "x"\\y': 'wert' });
    const classic = meter.createHistogram('wait.time', { advice: { explicitBucketBoundaries: [0.1, 1] } });
    classic.record(0.5, { queue: 'a' }, inSpan);
    const native = meter.createHistogram('native.size');
    for (let i = 1; i <= 1000; i++) native.record(i);
    native.record(0);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    prometheus = await startPrometheus3(
      JOBS.map(({ job, protocol }) => ({
        job,
        target,
        path: `/${job}`,
        config: `    scrape_protocols: ['${protocol}']\n`,
      })),
    );
    await prometheus.allUp(JOBS.length);
  });
  afterAll(async () => {
    await prometheus?.stop();
    server.closeAllConnections();
    server.close();
  });

  /** Waits for the one series that an expression gives. */
  const find = async (expression: string) => {
    const [series] = await until(async () => {
      const found = await prometheus.query(expression);
      return found.length > 0 ? found : undefined;
    });
    return series;
  };

  it.each(JOBS.filter(({ isUtf8 }) => isUtf8))('stores names as they are over $protocol', async ({ job }) => {
    expect(accepts.get(job)).toContain('escaping=allow-utf-8');
    const counter = await find(`{"http.requests_total", job="${job}"}`);
    expect(counter).toMatchObject({ metric: { 'http.route': '/ü' }, value: [expect.anything(), '3'] });
    const gauge = await find(`{"größe.größte", job="${job}"}`);
    expect(gauge).toMatchObject({ metric: { 'schlüssel "x"\\y': 'wert' }, value: [expect.anything(), '1.5'] });
    const bucket = await find(`{"wait.time_bucket", queue="a", le=~"1|1.0", job="${job}"}`);
    expect(bucket?.value[1]).toBe('1');
  });

  it.each(JOBS.filter(({ isUtf8 }) => !isUtf8))('stores escaped names over $protocol', async ({ job }) => {
    const counter = await find(`http_requests_total{job="${job}"}`);
    expect(counter).toMatchObject({ metric: { http_route: '/ü' }, value: [expect.anything(), '3'] });
    const gauge = await find(`gr__e_gr__te{job="${job}"}`);
    expect(gauge).toMatchObject({ metric: { schl_ssel__x__y: 'wert' }, value: [expect.anything(), '1.5'] });
  });

  it('stores exponential histograms as native histograms over protobuf', async () => {
    const value = async (expression: string) => Number((await find(expression))?.value[1]);
    const native = 'native_size{job="protobuf"}';
    expect(await value(`histogram_count(${native})`)).toBe(1001);
    expect(await value(`histogram_sum(${native})`)).toBe(500_500);
    expect(Math.abs((await value(`histogram_quantile(0.5, ${native})`)) - 500)).toBeLessThan(15);
    expect(await value(`histogram_fraction(-0.5, 0.5, ${native})`)).toBeCloseTo(1 / 1001, 5);
  });

  it('stores the count and the sum of exponential histograms over text', async () => {
    expect((await find('{"native.size_count", job="text"}'))?.value[1]).toBe('1001');
    expect((await find('{"native.size_sum", job="text"}'))?.value[1]).toBe('500500');
  });

  it.each(['openmetrics', 'protobuf'])('stores exemplars over %s', async (job) => {
    const exemplars = async (name: string) => {
      const query = encodeURIComponent(`{__name__=~"${name}", job="${job}"}`);
      const range = `start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 600}`;
      const found = await prometheus.get<readonly ExemplarSeries[]>(`/api/v1/query_exemplars?query=${query}&${range}`);
      return found.length > 0 ? found : undefined;
    };
    const labels = { trace_id: TRACE.traceId, span_id: TRACE.spanId };
    const [counter] = await until(() => exemplars('http.requests_total'));
    expect(counter?.exemplars[0]).toMatchObject({ labels, value: '3' });
    const [bucket] = await until(() => exemplars('wait.time_bucket'));
    expect(bucket?.seriesLabels.le).toMatch(/^1(\.0)?$/);
    expect(bucket?.exemplars[0]).toMatchObject({ labels, value: '0.5' });
  });
});
