import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../servers/processes';
import { pageOf, type RunningApp, runApp, sampleOf, serveApp } from './apps';

const PRELOADS = [
  { name: 'a CommonJS app by --require', app: 'app.cjs', flags: ['--require', 'meterbridge/register'] },
  { name: 'a CommonJS app by --import', app: 'app.cjs', flags: ['--import', 'meterbridge/register'] },
  { name: 'an ES module app by --require', app: 'app.mjs', flags: ['--require', 'meterbridge/register'] },
  { name: 'an ES module app by --import', app: 'app.mjs', flags: ['--import', 'meterbridge/register'] },
  { name: 'a TypeScript app', app: 'app.ts', flags: ['--import', 'tsx', '--import', 'meterbridge/register'] },
];

describe('meterbridge/register', () => {
  let app: RunningApp | undefined;
  afterEach(async () => {
    await app?.stop('SIGKILL');
    app = undefined;
  });

  it.each(PRELOADS)('serves what $name records, and its HTTP requests', async ({ app: name, flags }) => {
    app = await serveApp(name, flags);
    for (let i = 0; i < 3; i++) await fetch(`http://127.0.0.1:${app.port}/some/path?i=${i}`).then((r) => r.text());
    const { metricsUrl } = app;
    const page = await until(async () => {
      const text = await pageOf(metricsUrl);
      return sampleOf(text, 'hodei_http_request_duration_seconds_count') === 3 ? text : undefined;
    });
    expect(sampleOf(page, 'hodei_jobs_scheduled_total{tenant_id="tenant-1"}')).toBe(3);
    expect(page).toMatch(/^hodei_http_requests_total\{method="GET",endpoint="[^"]*",status_code="200"\} 3$/m);
    expect(page).not.toContain('/some/path');
    expect(page).toMatch(/^http_server_request_duration_seconds_count\{.*http_request_method="GET".*\} 3$/m);
    expect(sampleOf(page, 'hodei_workers_healthy')).toBe(0);
    expect(app.stderr()).toBe('');
  });

  it('lets an app without a preload run as before, its calls doing nothing', async () => {
    const child = runApp('job.cjs', [], {});
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stdout() + child.stderr()).toBe('');
  });

  it('records nothing when OTEL_SDK_DISABLED is true, and its server still answers', async () => {
    app = await serveApp('app.cjs', ['--require', 'meterbridge/register'], { OTEL_SDK_DISABLED: 'true' });
    await fetch(`http://127.0.0.1:${app.port}/`).then((r) => r.text());
    const { metricsUrl } = app;
    const response = await until(() => fetch(metricsUrl));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('serves a configured host, port and path', async () => {
    app = await serveApp('app.cjs', ['--require', 'meterbridge/register'], {
      METERBRIDGE_PROMETHEUS_PATH: '/internal/prom',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    });
    const url = app.metricsUrl.replace('localhost', '127.0.0.1').replace('/api/v1/metrics', '/internal/prom');
    const page = await until(() => pageOf(url));
    expect(page).toContain('# TYPE hodei_workers_healthy gauge');
    expect((await fetch(app.metricsUrl)).status).toBe(404);
  });

  describe('with a variable that is not accepted', () => {
    it.each([
      [
        'METERBRIDGE_SYSTEMS',
        'hodei,tickr',
        'holds ticker, stream-processor, hodei, orchestrator, allsource, control-plane',
      ],
      ['OTEL_METRICS_EXPORTER', 'prometheus,promethius', 'holds prometheus, otlp, console, none'],
      ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/xml', 'is one of http/protobuf, http/json, grpc'],
      ['OTEL_LOG_LEVEL', 'loud', 'is one of none, error, warn, info, debug, verbose, all'],
      ['OTEL_METRIC_EXPORT_INTERVAL', '1 minute', 'is a whole number of milliseconds above 0'],
      ['OTEL_METRIC_EXPORT_TIMEOUT', '-5', 'is a whole number of milliseconds above 0'],
      ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost 4318', 'is a URL such as http://localhost:4318'],
      ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', 'daily', 'is one of cumulative, delta, lowmemory'],
      ['OTEL_SDK_DISABLED', 'yes', 'is one of true, false'],
      ['METERBRIDGE_PROMETHEUS_PATH', 'metrics', 'is a path that begins with /'],
      ['OTEL_METRICS_EXEMPLAR_FILTER', 'sometimes', 'is one of trace_based, always_on, always_off'],
    ])('says so once for %s=%s, and serves the rest', async (variable, value, accepted) => {
      app = await serveApp('app.cjs', ['--require', 'meterbridge/register'], { [variable]: value });
      await fetch(`http://127.0.0.1:${app.port}/`).then((r) => r.text());
      const { metricsUrl } = app;
      const page = await until(async () => {
        const text = await pageOf(metricsUrl);
        return text.includes('hodei_jobs_scheduled_total{') ? text : undefined;
      });
      expect(sampleOf(page, 'hodei_jobs_scheduled_total{tenant_id="tenant-1"}')).toBe(1);
      const lines = app
        .stderr()
        .split('\n')
        .filter((line) => line !== '');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`${variable} ${accepted}, given `);
    });
  });

  it('lets nobody in when what is to guard the endpoint is not accepted', async () => {
    app = await serveApp('app.cjs', ['--require', 'meterbridge/register'], {
      METERBRIDGE_WEB_CONFIG_FILE: '/nothing.yml',
    });
    const { metricsUrl, stderr } = app;
    expect((await until(() => fetch(metricsUrl))).status).toBe(401);
    expect(stderr()).toContain('/nothing.yml:1:1: the file cannot be read');
  });

  it('asks for the bearer token of the environment', async () => {
    app = await serveApp('app.cjs', ['--require', 'meterbridge/register'], { METERBRIDGE_BEARER_TOKEN: 'secret' });
    const { metricsUrl } = app;
    expect((await until(() => fetch(metricsUrl))).status).toBe(401);
    expect((await fetch(metricsUrl, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
  });

  it('tells of a path with a dot like of any other', async () => {
    app = await serveApp('app.cjs', ['--require', 'meterbridge/register'], {
      METERBRIDGE_PROMETHEUS_PATH: '/metrics.txt',
    });
    const { origin } = new URL(app.metricsUrl);
    const elsewhere = await until(() => fetch(`${origin}/elsewhere`));
    expect(await elsewhere.text()).toBe('Not found. Try /metrics.txt, /health, /ready, /dashboard.\n');
  });

  it('says once that the port is taken, and the app lives', async () => {
    const first = await serveApp('app.cjs', ['--require', 'meterbridge/register']);
    app = await serveApp('app.cjs', ['--require', 'meterbridge/register'], {
      OTEL_EXPORTER_PROMETHEUS_PORT: new URL(first.metricsUrl).port,
    });
    const { stderr, port } = app;
    const line = await until(() => (stderr() === '' ? undefined : stderr().trim()));
    expect(line.split('\n')).toHaveLength(1);
    expect(line).toContain(`:${new URL(first.metricsUrl).port}: the port is in use`);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    await first.stop('SIGKILL');
  });
});
