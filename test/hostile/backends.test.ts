import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { plainEnvironment } from '../process/apps';
import { type Answer, OtlpBackend } from '../servers/otlp-backend';
import { type Child, ROOT, run, until } from '../servers/processes';

const APP = join(ROOT, 'test/hostile/apps/endings.cjs');
const SCHEDULED = 'hodei_jobs_scheduled_total';

/** What a backend does before it works again, and how many lines an app logs about it. Add a failure here. */
const FAILURES: readonly { readonly answer: Answer | 'vanish'; readonly lines: number }[] = [
  { answer: 'hang', lines: 2 },
  { answer: 'reset', lines: 2 },
  { answer: 503, lines: 2 },
  { answer: 401, lines: 2 },
  { answer: 'garbage', lines: 1 },
  { answer: 'partial', lines: 1 },
  { answer: 'vanish', lines: 2 },
];

let backend: OtlpBackend;
let app: Child;
afterEach(async () => {
  await app.stop('SIGKILL');
  await backend.stop();
});

it.each(['http/json', 'http/protobuf'])(
  'a backend that hangs, resets, refuses, lies and vanishes costs no measurement and few lines of log, over %s',
  async (protocol) => {
    backend = await OtlpBackend.start();
    app = run(process.execPath, ['--require', 'meterbridge/register', APP], {
      env: {
        ...plainEnvironment(),
        ...backend.environment,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
        OTEL_METRIC_EXPORT_INTERVAL: '100',
        OTEL_METRIC_EXPORT_TIMEOUT: '700',
        METERBRIDGE_SYSTEMS: 'hodei',
        METERBRIDGE_FLUSH_TIMEOUT: '10000',
        ENDING: 'work until SIGUSR2',
      },
    });
    let earlier = 0;
    const total = () => earlier + backend.total(SCHEDULED);
    const arrives = async () => {
      const before = total();
      await until(() => total() > before || undefined);
    };
    await arrives();
    for (const { answer, lines } of FAILURES) {
      const logged = app.stderr();
      if (answer === 'vanish') {
        const { port } = backend;
        await backend.stop();
        await until(() => app.stderr() !== logged || undefined);
        earlier += backend.total(SCHEDULED);
        backend = await OtlpBackend.start(port);
      } else {
        backend.answer = answer;
        await until(() => app.stderr() !== logged || undefined);
        backend.answer = 200;
      }
      await arrives();
      const newLines = () => app.stderr().slice(logged.length).split('\n').slice(0, -1);
      await until(() => newLines().length >= lines || undefined);
      expect(newLines(), String(answer)).toHaveLength(lines);
      for (const line of newLines()) expect(line).toMatch(/^meterbridge export: /);
    }
    expect(await app.stop('SIGUSR2')).toEqual({ code: 0, signal: null });
    expect(app.stdout()).toBe(`ready\nrecorded ${total()}\n`);
  },
);
