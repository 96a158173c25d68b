import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LISTENING, plainEnvironment } from '../process/apps';
import { OtlpBackend } from '../servers/otlp-backend';
import { type Child, canRun, freePort, programPath, ROOT, run, until } from '../servers/processes';

const APP = join(ROOT, 'test/hostile/apps/endings.cjs');
const PRELOAD = ['--require', 'meterbridge/register'];
const SCHEDULED = 'hodei_jobs_scheduled_total';

/** An ending of the app, and the signals that the test sends. */
interface Ending {
  readonly name: string;
  readonly signals?: readonly NodeJS.Signals[];
}

const ENDINGS: readonly Ending[] = [
  { name: 'an exception' },
  { name: 'a rejection' },
  { name: 'process.exit' },
  { name: 'an exit code' },
  { name: 'exit listeners' },
  { name: 'a beforeExit listener that exits' },
  { name: 'a beforeExit listener that throws' },
  { name: 'beforeExit listeners that start work three times' },
  { name: 'a caught exception' },
  { name: 'no handler', signals: ['SIGTERM'] },
  { name: 'no handler', signals: ['SIGINT'] },
  { name: 'no handler', signals: ['SIGHUP'] },
  { name: 'a handler that exits', signals: ['SIGTERM'] },
  { name: 'a handler that exits later', signals: ['SIGTERM'] },
  { name: 'a handler that runs once and raises the signal', signals: ['SIGTERM'] },
  { name: 'a handler that ignores the first signal', signals: ['SIGTERM', 'SIGTERM'] },
  { name: 'a handler that throws', signals: ['SIGTERM'] },
  { name: 'a handler that was removed', signals: ['SIGTERM'] },
  { name: 'all handlers removed', signals: ['SIGTERM'] },
  { name: 'a signal that it sends itself' },
];

const unshare = programPath('unshare');

describe('the end of a preloaded app', () => {
  let backend: OtlpBackend;
  const children: Child[] = [];
  const sockets: Socket[] = [];
  beforeEach(async () => {
    backend = await OtlpBackend.start();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const child of children.splice(0)) await child.stop('SIGKILL');
    await backend.stop();
  });

  async function runEnding(ending: string, flags: readonly string[], env: NodeJS.ProcessEnv): Promise<Child> {
    const child = run(process.execPath, [...flags, APP], {
      env: { ...plainEnvironment(), METERBRIDGE_SYSTEMS: 'hodei', ENDING: ending, ...env },
    });
    children.push(child);
    await until(() => child.stdout().includes('ready\n') || undefined);
    return child;
  }

  /** Runs the app until it has ended. Returns everything that can be seen of its end. */
  async function end({ name, signals = [] }: Ending, flags: readonly string[], env: NodeJS.ProcessEnv) {
    const child = await runEnding(name, flags, env);
    for (const [i, signal] of signals.entries()) {
      await until(() => child.stdout().split('\n').length >= i + 2 || undefined);
      child.process.kill(signal);
    }
    // Where Node.js emits an event depends on the number of listeners.
    const stderr = () =>
      child
        .stderr()
        .replace(LISTENING, '')
        .replace(/\(node:events:[\d:]+\)/g, '(node:events)');
    return { ...(await child.ended), stdout: child.stdout(), stderr: stderr() };
  }

  it.each(ENDINGS)('is that of the app alone, whether it serves or pushes metrics: $name $signals', async (ending) => {
    const bare = await end(ending, [], {});
    expect(await end(ending, PRELOAD, { OTEL_EXPORTER_PROMETHEUS_PORT: '0' })).toEqual(bare);
    expect(await end(ending, PRELOAD, backend.environment)).toEqual(bare);
  });

  it.each(['down', 'hang', 'reset', 503] as const)(
    'is not delayed beyond the flush timeout by a backend that answers with %s',
    async (answer) => {
      const { environment } = backend;
      if (answer === 'down') await backend.stop();
      else backend.answer = answer;
      const env = { ...environment, METERBRIDGE_FLUSH_TIMEOUT: '200', OTEL_EXPORTER_OTLP_TIMEOUT: '600000' };
      const started = Date.now();
      expect(await end({ name: 'an exit code' }, PRELOAD, env)).toMatchObject({ code: 3, signal: null });
      expect(await end({ name: 'no handler', signals: ['SIGTERM'] }, PRELOAD, env)).toMatchObject({
        signal: 'SIGTERM',
      });
      // An exporter retries for ten seconds by default; this includes the start of two processes.
      expect(Date.now() - started).toBeLessThan(9000);
      if (answer === 'down') backend = await OtlpBackend.start();
    },
  );

  it('is not delayed beyond the flush timeout by a callback that hangs', async () => {
    const env = { ...backend.environment, METERBRIDGE_FLUSH_TIMEOUT: '200' };
    expect(await end({ name: 'a callback that hangs' }, PRELOAD, env)).toMatchObject({ code: 0, signal: null });
  });

  it('is not delayed by clients that connect and send nothing, or keep their connection', async () => {
    const port = await freePort();
    const app = await runEnding('work until SIGUSR2', PRELOAD, { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) });
    await until(() => fetch(`http://127.0.0.1:${port}/health`).then((response) => response.text()));
    for (const request of [
      '',
      'GET /health HTTP/1.1\r\nHost: localhost\r\n',
      'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      sockets.push(socket);
      await new Promise<void>((resolve) => socket.write(request, () => resolve()));
      if (request.endsWith('\r\n\r\n')) await new Promise((resolve) => socket.once('data', resolve));
    }
    const started = Date.now();
    expect(await app.stop('SIGUSR2')).toEqual({ code: 0, signal: null });
    expect(Date.now() - started).toBeLessThan(4000);
    expect(app.stderr().replace(LISTENING, '')).toBe('');
  });

  it.skipIf(!canRun(unshare, 'unshare', 'install util-linux'))(
    'does not end metrics when SIGTERM is sent to the first process of a container, which survives it',
    async () => {
      const port = await freePort();
      const env = {
        ...plainEnvironment(),
        ...backend.environment,
        METERBRIDGE_SYSTEMS: 'hodei',
        ENDING: 'no handler',
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      };
      const flags = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'];
      const container = run(unshare as string, [...flags, process.execPath, ...PRELOAD, APP], { env });
      children.push(container);
      await until(() => container.stdout().includes('ready\n') || undefined);
      const outer = container.process.pid as number;
      const pid = Number(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim());
      const scheduled = () => backend.lastValue(SCHEDULED, { tenant_id: 'working' }) ?? 0;
      for (let exported = 0, round = 0; round < 2; round++) {
        // The hook returns a second after each signal.
        exported = await until(() => {
          process.kill(pid, 'SIGTERM');
          return scheduled() > exported ? scheduled() : undefined;
        });
        const page = await fetch(`http://127.0.0.1:${port}/api/v1/metrics`).then((response) => response.text());
        const served = /hodei_jobs_scheduled_total\{tenant_id="working"\} (\d+)/.exec(page)?.[1];
        expect(Number(served)).toBeGreaterThanOrEqual(exported);
      }
      expect(container.stderr().replace(LISTENING, '')).toBe('');
    },
  );
});
