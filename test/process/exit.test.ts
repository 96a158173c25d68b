import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OtlpBackend } from '../servers/otlp-backend';
import { type Child, until } from '../servers/processes';
import { runApp } from './apps';

const PRELOAD = ['--require', 'meterbridge/register'];
const SCHEDULED = 'hodei_jobs_scheduled_total';

/** Without a flush of its own limit, an export to a backend that does not answer takes ten minutes. */
const PATIENT = { OTEL_EXPORTER_OTLP_TIMEOUT: '600000', OTEL_METRIC_EXPORT_TIMEOUT: '600000' };

describe('a preloaded app that exports over OTLP', () => {
  let backend: OtlpBackend;
  let child: Child | undefined;
  beforeEach(async () => {
    backend = await OtlpBackend.start();
  });
  afterEach(async () => {
    await child?.stop('SIGKILL');
    await backend.stop();
  });

  async function run(ending: string, env: NodeJS.ProcessEnv = {}): Promise<Child> {
    const app = runApp('ending.cjs', PRELOAD, {
      METERBRIDGE_SYSTEMS: 'hodei',
      ENDING: ending,
      ...backend.environment,
      ...env,
    });
    child = app;
    await until(() => (app.stdout().includes('ready') ? true : undefined));
    return app;
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'a preloaded app that exports over OTLP exports on %s and ends by it',
    async (signal) => {
      const app = await run('waits');
      expect(await app.stop(signal)).toEqual({ code: null, signal });
      expect(backend.lastValue(SCHEDULED, { tenant_id: 'at-start' })).toBe(1);
      expect(app.stderr()).toBe('');
    },
  );

  it('a preloaded app that exports over OTLP ends by the signal within the flush timeout while the backend does not answer', async () => {
    backend.answer = 'hang';
    const app = await run('waits', { ...PATIENT, METERBRIDGE_FLUSH_TIMEOUT: '1500' });
    expect(await app.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(backend.headers.length).toBe(1);
  });

  it('a preloaded app that exports over OTLP ends at once by a second signal', async () => {
    backend.answer = 'hang';
    const app = await run('waits', { ...PATIENT, METERBRIDGE_FLUSH_TIMEOUT: '0' });
    app.process.kill('SIGTERM');
    await until(() => (backend.headers.length > 0 ? true : undefined));
    expect(await app.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('a preloaded app that exports over OTLP exports on a signal that the app handles, and leaves the end to the app', async () => {
    const app = await run('handles');
    expect(await app.stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(app.stdout()).toBe('ready\napp: handling\napp: handled\n');
    expect(backend.lastValue(SCHEDULED, { tenant_id: 'at-start' })).toBe(1);
  });

  it.each([
    ['signal-exit', 1],
    ['signal-exit-3', 1],
    ['signal-exit-both', 2],
  ])(
    'a preloaded app that exports over OTLP exports and ends by the signal if the app loads %s, whose callbacks run once',
    async (ending, callbacks) => {
      const app = await run(ending);
      expect(await app.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
      expect(app.stdout()).toBe(`ready\n${'onExit SIGTERM\n'.repeat(callbacks)}`);
      expect(backend.lastValue(SCHEDULED, { tenant_id: 'at-start' })).toBe(1);
    },
  );

  it('a preloaded app that exports over OTLP exports again on the next signal if an exit hook cancels the first', async () => {
    const app = await run('signal-exit-cancels');
    app.process.kill('SIGTERM');
    await until(() => (app.stdout().includes('hooked again') ? true : undefined));
    expect(await app.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
    expect(backend.lastValue(SCHEDULED, { tenant_id: 'after-cancel' })).toBe(1);
  });

  it('a preloaded app that exports over OTLP exports when nothing is left to do, and keeps the exit code', async () => {
    const app = await run('ends');
    expect(await app.ended).toEqual({ code: 3, signal: null });
    expect(backend.lastValue(SCHEDULED, { tenant_id: 'at-start' })).toBe(1);
    expect(backend.headers.length).toBe(1);
  });

  it('a preloaded app that exports over OTLP exports what later beforeExit listeners record', async () => {
    const app = await run('chains');
    expect(await app.ended).toEqual({ code: 0, signal: null });
    for (const round of ['round-1', 'round-2']) {
      expect(backend.lastValue(SCHEDULED, { tenant_id: String(round) })).toBe(1);
    }
  });

  it('a preloaded app that exports over OTLP ends within the flush timeout, with its exit code, while the backend does not answer', async () => {
    backend.answer = 'hang';
    const app = await run('ends', { ...PATIENT, METERBRIDGE_FLUSH_TIMEOUT: '100' });
    expect(await app.ended).toEqual({ code: 3, signal: null });
  });

  it('a preloaded app that exports over OTLP ends by SIGTERM while it computes if the hooks are disabled', async () => {
    const app = await run('computes', { METERBRIDGE_SHUTDOWN_ON_EXIT_DISABLED: 'true' });
    expect(await app.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
  });
});

describe('a preloaded app that only serves Prometheus', () => {
  it.each(['waits', 'computes', 'signal-exit', 'signal-exit-3'])(
    'a preloaded app that only serves Prometheus ends by SIGTERM as without a preload: an app that %s',
    async (ending) => {
      const outputs: string[] = [];
      for (const flags of [[], PRELOAD]) {
        const app = runApp('ending.cjs', flags, { ENDING: ending, OTEL_EXPORTER_PROMETHEUS_PORT: '0' });
        await until(() => (app.stdout().includes('ready') ? true : undefined));
        expect(await app.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
        outputs.push(app.stdout() + app.stderr());
      }
      expect(outputs[1]).toBe(outputs[0]);
    },
  );
});
