import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { OtlpBackend } from '../servers/otlp-backend';
import { freePort, ROOT, run, until } from '../servers/processes';
import { LISTENING, pageOf, plainEnvironment, type RunningApp, runApp, sampleOf, serveApp } from './apps';

const PRELOAD = ['--require', 'meterbridge/register'];
const PRELOADS = [
  { name: 'a CommonJS app by --require', app: 'app.cjs', flags: PRELOAD },
  { name: 'a CommonJS app by --import', app: 'app.cjs', flags: ['--import', 'meterbridge/register'] },
  { name: 'an ES module app by --require', app: 'app.mjs', flags: PRELOAD },
  { name: 'an ES module app by --import', app: 'app.mjs', flags: ['--import', 'meterbridge/register'] },
  { name: 'a TypeScript app', app: 'app.ts', flags: ['--import', 'tsx', '--import', 'meterbridge/register'] },
];

describe('meterbridge/register', () => {
  let app: RunningApp | undefined;
  afterEach(async () => {
    await app?.stop('SIGKILL');
    app = undefined;
  });

  it.each(PRELOADS)(
    'meterbridge/register serves the metrics and HTTP requests of $name',
    async ({ app: name, flags }) => {
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
    },
  );

  it('meterbridge/register does nothing to an app that is not preloaded', async () => {
    const child = runApp('job.cjs', [], {});
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stdout() + child.stderr()).toBe('');
  });

  it('meterbridge/register serves an empty page if OTEL_SDK_DISABLED is true', async () => {
    app = await serveApp('app.cjs', PRELOAD, { OTEL_SDK_DISABLED: 'true' });
    await fetch(`http://127.0.0.1:${app.port}/`).then((r) => r.text());
    const { metricsUrl } = app;
    const response = await until(() => fetch(metricsUrl));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  it('meterbridge/register serves at the configured host, port and path', async () => {
    app = await serveApp('app.cjs', PRELOAD, {
      METERBRIDGE_PROMETHEUS_PATH: '/internal/prom',
      OTEL_EXPORTER_PROMETHEUS_HOST: '127.0.0.1',
    });
    const url = app.metricsUrl.replace('localhost', '127.0.0.1').replace('/api/v1/metrics', '/internal/prom');
    const page = await until(() => pageOf(url));
    expect(page).toContain('# TYPE hodei_workers_healthy gauge');
    expect((await fetch(app.metricsUrl)).status).toBe(404);
  });

  it.each([
    ['METERBRIDGE_SYSTEMS', 'hodei,tickr'],
    ['OTEL_METRICS_EXPORTER', 'promethius'],
    ['OTEL_SDK_DISABLED', 'yes'],
    ['OTEL_EXPERIMENTAL_CONFIG_FILE', 'otel.yml'],
    ['METERBRIDGE_SYSTEM', 'ticker'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'service.version'],
  ])('meterbridge/register reports %s=%s in one line and serves everything else', async (variable, value) => {
    app = await serveApp('app.cjs', PRELOAD, { [variable]: value });
    await fetch(`http://127.0.0.1:${app.port}/`).then((r) => r.text());
    const { metricsUrl } = app;
    const page = await until(async () => {
      const text = await pageOf(metricsUrl);
      return text.includes('hodei_jobs_scheduled_total{') ? text : undefined;
    });
    expect(sampleOf(page, 'hodei_jobs_scheduled_total{tenant_id="tenant-1"}')).toBe(1);
    const lines = app.stderr().trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('meterbridge configuration: ');
    expect(lines[0]).toContain(variable);
  });

  it.each([
    ['METERBRIDGE_WEB_CONFIG_FILE', '/nothing.yml', '/nothing.yml'],
    ['METERBRIDGE_BEARER_TOKEN', '', 'METERBRIDGE_BEARER_TOKEN'],
    ['METERBRIDGE_BEARER_TOKN', 'secret', 'METERBRIDGE_BEARER_TOKEN'],
    ['METERBRIDGE_WEB_CONFIG', 'web.yml', 'METERBRIDGE_WEB_CONFIG_FILE'],
  ])(
    'meterbridge/register rejects every request if %s=%j, which was meant to protect the endpoint',
    async (variable, value, named) => {
      app = await serveApp('app.cjs', PRELOAD, { [variable]: value });
      const { metricsUrl, stderr } = app;
      expect((await until(() => fetch(metricsUrl))).status).toBe(401);
      expect(stderr()).toContain('meterbridge security: ');
      expect(stderr()).toContain(named);
    },
  );

  it('meterbridge/register rejects every request if an alias of the web configuration cannot be resolved', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'register-'));
    const file = join(folder, 'web.yml');
    writeFileSync(file, 'basic_auth_users:\n  prometheus: *secret\n');
    try {
      app = await serveApp('app.cjs', PRELOAD, { METERBRIDGE_WEB_CONFIG_FILE: file });
      const { metricsUrl, stderr } = app;
      expect((await until(() => fetch(metricsUrl))).status).toBe(401);
      expect(stderr()).toContain(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('meterbridge/register requires the bearer token of the environment', async () => {
    app = await serveApp('app.cjs', PRELOAD, { METERBRIDGE_BEARER_TOKEN: 'secret' });
    const { metricsUrl } = app;
    expect((await until(() => fetch(metricsUrl))).status).toBe(401);
    expect((await fetch(metricsUrl, { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
  });

  it('meterbridge/register lists a configured path with a dot where a path is not found', async () => {
    app = await serveApp('app.cjs', PRELOAD, {
      METERBRIDGE_PROMETHEUS_PATH: '/metrics.txt',
    });
    const { origin } = new URL(app.metricsUrl);
    const elsewhere = await until(() => fetch(`${origin}/elsewhere`));
    expect(await elsewhere.text()).toBe('Not found. Try /metrics.txt, /health, /ready, /dashboard.\n');
  });

  it('meterbridge/register reports a port in use once, and the app goes on', async () => {
    const first = await serveApp('app.cjs', PRELOAD);
    app = await serveApp('app.cjs', PRELOAD, {
      OTEL_EXPORTER_PROMETHEUS_PORT: new URL(first.metricsUrl).port,
    });
    const { stderr, port } = app;
    const line = await until(() => (stderr() === '' ? undefined : stderr().trim()));
    expect(line.split('\n')).toHaveLength(1);
    expect(line).toContain('meterbridge port-in-use: ');
    expect(line).toContain(new URL(first.metricsUrl).port);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    await first.stop('SIGKILL');
  });

  it.each([
    ['programs on this machine', { OTEL_EXPORTER_PROMETHEUS_HOST: 'localhost' }],
    [
      'every host that reaches it and authenticates',
      { OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0', METERBRIDGE_BEARER_TOKEN: 'secret' },
    ],
    ['every host that reaches it\n', { OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' }],
  ])(
    'meterbridge/register says in one line of standard error where metrics are served, to %j',
    async (audience, env) => {
      const port = await freePort();
      const flags = [...PRELOAD, join(ROOT, 'test/process/apps/app.cjs')];
      const child = run(process.execPath, flags, {
        env: { ...plainEnvironment(), ...env, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
      });
      const [line] = await until(() => LISTENING.exec(child.stderr()) ?? undefined);
      await child.stop('SIGKILL');
      expect(line).toContain(`:${port}/metrics answers ${audience}`);
      expect(child.stdout()).not.toContain('meterbridge');
    },
  );

  it('meterbridge/register reports a start that fails, and the app runs without metrics', async () => {
    const child = runApp('job.cjs', ['--require', './test/process/apps/throwing-provider.cjs', ...PRELOAD], {});
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('meterbridge start: no meter; the app runs without metrics\n');
  });

  it('meterbridge/register listens on port 9464 unless a port is set, because the documented port is often that of the app', async () => {
    const holder = createServer();
    await new Promise((resolve) => {
      holder.once('error', resolve);
      holder.listen(9464, 'localhost', () => resolve(undefined));
    });
    try {
      const child = runApp('app.cjs', PRELOAD, { METERBRIDGE_SYSTEMS: 'hodei' });
      await until(() => (child.stderr() === '' ? undefined : true));
      await child.stop('SIGKILL');
      expect(child.stderr()).toMatch(/^meterbridge port-in-use: .*\b9464\b/);
    } finally {
      holder.close();
    }
  });

  it('meterbridge/register serves what a worker thread has recorded, also after the thread has ended', async () => {
    const port = await freePort();
    const child = runApp('worker.cjs', PRELOAD, { OTEL_EXPORTER_PROMETHEUS_PORT: String(port), KEEP_RUNNING: '1' });
    const value = await until(async () => {
      return sampleOf(
        await pageOf(`http://localhost:${port}/metrics`),
        'hodei_jobs_scheduled_total{tenant_id="worker"}',
      );
    });
    await child.stop('SIGKILL');
    expect(value).toBe(1);
    expect(child.stderr()).toBe('');
  });

  it('meterbridge/register exports what a worker thread records if metrics are pushed', async () => {
    const backend = await OtlpBackend.start();
    try {
      const child = runApp('worker.cjs', PRELOAD, backend.environment);
      expect(await child.ended).toEqual({ code: 0, signal: null });
      expect(child.stderr()).toBe('');
      expect(backend.lastValue('hodei_jobs_scheduled_total', { tenant_id: 'worker' })).toBe(1);
    } finally {
      await backend.stop();
    }
  });
});
