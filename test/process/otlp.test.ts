import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { OtlpBackend } from '../servers/otlp-backend';
import { freePort, ROOT, until } from '../servers/processes';
import { endpointAt, hasVictoriaMetrics, VictoriaMetrics } from '../servers/victoria-metrics';
import { pageOf, runApp, serveApp } from './apps';

const PRELOAD = ['--require', 'meterbridge/register'];

describe.skipIf(!hasVictoriaMetrics)('OTLP to VictoriaMetrics', () => {
  let backend: VictoriaMetrics;
  beforeAll(async () => {
    backend = await VictoriaMetrics.start();
  });
  afterAll(() => backend.stop());

  /** Returns the families of a metric prefix that the backend holds for a service: name to label names. */
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

  it('a process that exports to VictoriaMetrics delivers the families that Prometheus is served from the same app, with only the environment changed', async () => {
    const app = await serveApp('app.cjs', PRELOAD, {
      OTEL_SERVICE_NAME: 'both',
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    });
    await fetch(`http://127.0.0.1:${app.port}/`).then((response) => response.text());
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

  it('a process that exports to VictoriaMetrics delivers what it recorded when it ends by itself', async () => {
    const child = runApp('job.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_SERVICE_NAME: 'short',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('');
    const found = await backend.queryUntilFound('hodei_jobs_scheduled_total{service.name="short"}');
    expect(found[0]?.value[1]).toBe('1');
    expect((await backend.query('hodei_workers_healthy{service.name="short"}'))[0]?.value[1]).toBe('3');
    const bucket = await backend.query('hodei_scheduling_latency_seconds_bucket{service.name="short",le="0.025"}');
    expect(bucket[0]?.value[1]).toBe('1');
  });

  it('a process that exports to VictoriaMetrics delivers what it recorded before SIGTERM and ends by the signal', async () => {
    const child = runApp('signals.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_SERVICE_NAME: 'signalled',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
    });
    await until(() => (child.stdout().includes('ready') ? true : undefined));
    expect(await child.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    const found = await backend.queryUntilFound('hodei_jobs_scheduled_total{service.name="signalled"}');
    expect(found[0]?.value[1]).toBe('1');
  });

  it('a process that exports to VictoriaMetrics leaves SIGTERM to the handler of the app and delivers what the app records until it ends', async () => {
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
    const found = await backend.queryUntilFound(
      'hodei_jobs_scheduled_total{service.name="draining",tenant_id="tenant-2"}',
    );
    expect(found[0]?.value[1]).toBe('1');
  });

  it('a process that exports to VictoriaMetrics delivers what it recorded before the backend was started, with one diagnostic per change', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = runApp('signals.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpointAt(url),
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    });
    await until(() => (child.stderr().includes('ECONNREFUSED') ? true : undefined));
    const late = await VictoriaMetrics.start(port);
    try {
      const found = await late.queryUntilFound('hodei_jobs_scheduled_total');
      expect(found[0]?.value[1]).toBe('1');
      await until(() => (child.stderr().includes('again') ? true : undefined));
      await child.stop('SIGTERM');
      expect(child.stderr().trimEnd().split('\n')).toEqual([
        expect.stringMatching(/^meterbridge export: .*ECONNREFUSED/),
        expect.stringMatching(/^meterbridge export: .*again/),
      ]);
    } finally {
      await late.stop();
    }
  });

  it('a process that exports to VictoriaMetrics sends deltas if they are preferred, which this backend logs that it does not support', async () => {
    const child = runApp('job.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_SERVICE_NAME: 'deltas',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.otlpEndpoint,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    await until(() => (backend.log().includes('unsupported delta temporality') ? true : undefined));
    const gauge = await backend.queryUntilFound('hodei_workers_healthy{service.name="deltas"}');
    expect(gauge[0]?.value[1]).toBe('3');
    expect(await backend.query('hodei_jobs_scheduled_total{service.name="deltas"}')).toEqual([]);
  });
});

describe('OTLP', () => {
  it('a process that exports over OTLP delivers every delta to a backend that fails at first and recovers', async () => {
    const backend = await OtlpBackend.start();
    onTestFinished(() => backend.stop());
    backend.answer = 500;
    const child = runApp('signals.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.endpoint,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    });
    await backend.nextRequest();
    await backend.nextRequest();
    backend.answer = 200;
    await until(() => (backend.total('hodei_jobs_scheduled_total') > 0 ? true : undefined));
    expect(await child.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(backend.total('hodei_jobs_scheduled_total')).toBe(1);
  });

  it('a process that exports over OTLP reports a backend that is down once and ends as it would without metrics', async () => {
    const child = runApp('job.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://127.0.0.1:9/v1/metrics',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '500',
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toMatch(/^meterbridge export: .*http\/protobuf.*ECONNREFUSED 127\.0\.0\.1:9\n$/);
  });

  it('a process that exports over OTLP ends after shutdown has timed out, whether the backend hangs or a callback does', async () => {
    const backend = await OtlpBackend.start();
    onTestFinished(() => backend.stop());
    backend.answer = 'hang';
    const child = runApp('shutdown.mjs', [], {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: backend.endpoint,
      // The test does not end in time if the exporter waits for this long.
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stdout().trim().split('\n')).toEqual([
      'metrics were not exported: TimeoutError: sending timed out',
      'metrics were not collected: TimeoutError: collection timed out',
    ]);
  });

  it('a process that exports over OTLP reports the package that gRPC needs, with the command that installs it, if it is not installed', async () => {
    const folder = installWithout('@opentelemetry/otlp-grpc-exporter-base');
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const child = runApp('job.cjs', ['--require', join(folder, 'node_modules/meterbridge/dist/register.js')], {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toMatch(
      /^meterbridge configuration: .*grpc.*npm install @opentelemetry\/otlp-grpc-exporter-base@0\.223\.0"\n$/,
    );
  });
});

describe('the console exporter', () => {
  it('a process that exports to the console prints what it recorded when it ends', async () => {
    const child = runApp('job.cjs', PRELOAD, { METERBRIDGE_SYSTEMS: 'hodei', OTEL_METRICS_EXPORTER: 'console' });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stdout()).toMatch(/name: 'hodei_jobs_scheduled_total'[\s\S]*tenant_id: 'tenant-1'[\s\S]*value: 1\b/);
    expect(child.stderr()).toBe('');
  });
});

/** Returns a folder in which this package is installed with all others but one. */
function installWithout(missing: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'meterbridge-'));
  const target = join(folder, 'node_modules');
  const source = join(ROOT, 'node_modules');
  const list = (at: string) => readdirSync(join(source, at)).map((name) => join(at, name));
  const packages = list('').flatMap((name) => (name.startsWith('@') ? list(name) : [name]));
  for (const name of packages.filter((each) => each !== missing && !each.startsWith('.'))) {
    mkdirSync(join(target, name, '..'), { recursive: true });
    symlinkSync(join(source, name), join(target, name));
  }
  cpSync(join(ROOT, 'dist'), join(target, 'meterbridge/dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(target, 'meterbridge/package.json'));
  return folder;
}
