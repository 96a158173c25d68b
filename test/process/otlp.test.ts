import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../servers/processes';
import { hasVictoriaMetrics, VictoriaMetrics } from '../servers/victoria-metrics';
import { pageOf, runApp, serveApp } from './apps';

const PRELOAD = ['--require', 'meterbridge/register'];

describe.skipIf(!hasVictoriaMetrics)('OTLP', () => {
  let backend: VictoriaMetrics;
  beforeAll(async () => {
    backend = await VictoriaMetrics.start();
  });
  afterAll(() => backend.stop());

  /** The families of a metric prefix that the backend holds for a service: name to label names. */
  async function familiesAt(service: string): Promise<Map<string, string>> {
    const series = await backend.query(`{service.name="${service}",__name__=~"hodei_.*"}`);
    return new Map(
      series.map(({ metric }) => {
        const { __name__: name = '', ...labels } = metric;
        const own = Object.keys(labels).filter((label) => !label.includes('.'));
        return [name, own.sort().join()];
      }),
    );
  }

  it('gets the same families as Prometheus from the same app, nothing but the environment changed', async () => {
    const app = await serveApp('app.cjs', PRELOAD, {
      OTEL_SERVICE_NAME: 'both',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    });
    await fetch(`http://127.0.0.1:${app.port}/`).then((r) => r.text());
    const page = await until(async () => {
      const text = await pageOf(app.metricsUrl);
      return text.includes('hodei_http_requests_total{') ? text : undefined;
    });
    const served = new Map<string, string>();
    for (const line of page.split('\n')) {
      const match = /^(?<name>hodei_\w+)(?:\{(?<labels>.*)\})? /.exec(line);
      if (match?.groups === undefined) continue;
      const labels = [...(match.groups.labels ?? '').matchAll(/(\w+)="/g)].map(([, label]) => label);
      served.set(match.groups.name as string, labels.sort().join());
    }
    expect([...served.keys()]).toEqual(
      expect.arrayContaining([
        'hodei_http_requests_total',
        'hodei_jobs_queued',
        'hodei_queue_wait_time_seconds_bucket',
      ]),
    );
    const pushed = await until(async () => {
      const families = await familiesAt('both');
      return families.size >= served.size ? families : undefined;
    });
    expect(new Map([...pushed].sort())).toEqual(new Map([...served].sort()));
    await app.stop('SIGKILL');
  });

  it('gets what a short-lived process recorded', async () => {
    const child = runApp('job.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_SERVICE_NAME: 'short',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('');
    const found = await until(async () => {
      const result = await backend.query('hodei_jobs_scheduled_total{service.name="short"}');
      return result.length > 0 ? result : undefined;
    });
    expect(found[0]?.value[1]).toBe('1');
    expect((await backend.query('hodei_workers_healthy{service.name="short"}'))[0]?.value[1]).toBe('3');
    const bucket = await backend.query('hodei_scheduling_latency_seconds_bucket{service.name="short",le="0.025"}');
    expect(bucket[0]?.value[1]).toBe('1');
  });

  it('gets what was recorded before SIGTERM, and the process ends by the signal', async () => {
    const child = runApp('signals.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_SERVICE_NAME: 'signalled',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
    });
    await until(() => (child.stdout().includes('ready') ? true : undefined));
    expect(await child.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    const found = await until(async () => {
      const result = await backend.query('hodei_jobs_scheduled_total{service.name="signalled"}');
      return result.length > 0 ? result : undefined;
    });
    expect(found[0]?.value[1]).toBe('1');
  });

  it('leaves a signal to an app that handles it, and gets what the app records until it is done', async () => {
    const child = runApp('signals.cjs', PRELOAD, {
      HANDLER: 'app',
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_SERVICE_NAME: 'draining',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
    });
    await until(() => (child.stdout().includes('ready') ? true : undefined));
    expect(await child.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(child.stdout()).toContain('app: drained');
    const found = await until(async () => {
      const result = await backend.query('hodei_jobs_scheduled_total{service.name="draining",tenant_id="tenant-2"}');
      return result.length > 0 ? result : undefined;
    });
    expect(found[0]?.value[1]).toBe('1');
  });

  it('that is down is one diagnostic, and the app ends as it would', async () => {
    const child = runApp('job.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:9/v1/metrics',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '500',
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe(
      'meterbridge export: metrics could not be sent by OTLP over http/protobuf: connect ECONNREFUSED 127.0.0.1:9\n',
    );
  });

  it('over a protocol whose package is not installed is one diagnostic that names the package', async () => {
    const child = runApp('job.cjs', PRELOAD, { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toContain('needs the package @opentelemetry/exporter-metrics-otlp-grpc');
  });

  it('sends deltas where they are preferred, which this backend says it does not take', async () => {
    const child = runApp('job.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_SERVICE_NAME: 'deltas',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    await until(() => (backend.log().includes('unsupported delta temporality') ? true : undefined));
    const gauge = await until(async () => {
      const result = await backend.query('hodei_workers_healthy{service.name="deltas"}');
      return result.length > 0 ? result : undefined;
    });
    expect(gauge[0]?.value[1]).toBe('3');
    expect(await backend.query('hodei_jobs_scheduled_total{service.name="deltas"}')).toEqual([]);
  });
});
