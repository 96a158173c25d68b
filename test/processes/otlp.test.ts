import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OtlpBackend } from '../servers/otlp-backend';
import { until } from '../servers/processes';
import { Load, Program } from './programs';

let backend: OtlpBackend;
let program: Program | undefined;
beforeEach(async () => {
  backend = await OtlpBackend.start();
});
afterEach(async () => {
  await program?.stop();
  await backend.stop();
});

/** Returns the values of the resource attribute `service.instance.id` of all requests. */
function instances(): Set<string | undefined> {
  return new Set(
    backend.accepted.flatMap(({ resourceMetrics = [] }) =>
      resourceMetrics.map(({ resource }) => {
        const found = resource?.attributes?.find(({ key }) => key === 'service.instance.id');
        return (found?.value as { readonly stringValue?: string } | undefined)?.stringValue;
      }),
    ),
  );
}

describe('pushing the metrics of several processes over OTLP', () => {
  it('sends the sum of all processes once, from the primary', async () => {
    program = await Program.start('pool.cjs', {
      ...backend.environment,
      KIND: 'process',
      ENDING: 'stay',
      OTEL_METRIC_EXPORT_INTERVAL: '300',
    });
    await until(() => (backend.lastValue('app_jobs', { kind: 'work' }) === 30 ? true : undefined));
    expect(backend.lastValue('app_jobs', { kind: 'main' })).toBe(1);
    expect(instances()).toEqual(new Set([undefined]));
    const last = backend.accepted.at(-1);
    const names = (last?.resourceMetrics ?? []).flatMap(({ scopeMetrics = [] }) =>
      scopeMetrics.flatMap(({ metrics = [] }) => metrics.map(({ name }) => name)),
    );
    expect(names.filter((name) => name === 'app_jobs')).toHaveLength(1);
  });

  it.each(['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'])(
    'sends each count once as a delta, with %s, also of processes that have ended',
    async (histograms) => {
      program = await Program.start('pool.cjs', {
        ...backend.environment,
        KIND: 'process',
        ENDING: 'return',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
        OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: histograms,
      });
      await until(() => (backend.total('app_jobs') >= 31 ? true : undefined));
      await until(() => (program?.child.stdout().includes('allEnded') ? true : undefined));
      await backend.nextRequest();
      expect(backend.total('app_jobs')).toBe(31);
      expect(backend.total('app_durations')).toBe(30);
      expect(backend.total('app_sizes')).toBe(30);
    },
  );

  it('sends each count of equal processes once as a delta, from the one that serves', async () => {
    program = await Program.start(
      'elected.cjs',
      {
        ...backend.environment,
        WORKERS: '3',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      },
      [],
    );
    const load = new Load(`http://127.0.0.1:${await program.port()}/`);
    await load.answered(100);
    await load.stop();
    await until(() => (backend.total('app_requests') >= load.total ? true : undefined));
    await backend.nextRequest();
    expect(load.answers.size).toBe(3);
    expect(backend.total('app_requests')).toBe(load.total);
    expect(backend.total('app_sizes')).toBe(load.total);
    expect(instances()).toEqual(new Set([undefined]));
  });

  it('sends no delta of equal processes a second time when another one takes over', async () => {
    program = await Program.start(
      'elected.cjs',
      {
        ...backend.environment,
        OTEL_METRICS_EXPORTER: 'otlp,prometheus',
        WORKERS: '3',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      },
      [],
    );
    const url = `http://127.0.0.1:${await program.port()}/`;
    let answered = 0;
    for (const processes of [3, 2]) {
      const page = await program.pageWith('meterbridge_processes{state="current"}', processes);
      const load = new Load(url);
      await load.answered(100);
      await load.stop();
      answered += load.total;
      const all = answered;
      await until(() => (backend.total('app_requests') >= all ? true : undefined));
      // One that has everything has nothing more to send.
      await backend.nextRequest();
      await backend.nextRequest();
      expect(backend.total('app_requests')).toBe(all);
      expect(backend.total('app_sizes')).toBe(all);
      process.kill(Number(/^app_temperature\{process="0",.*\} (\d+)$/m.exec(page)?.[1]), 'SIGKILL');
    }
  });

  it('sends the metrics of each process with an instance id of its own if METERBRIDGE_PROCESSES is separate', async () => {
    program = await Program.start('pool.cjs', {
      ...backend.environment,
      KIND: 'process',
      ENDING: 'stay',
      METERBRIDGE_PROCESSES: 'separate',
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    });
    await until(() => (instances().size === 4 ? true : undefined));
    expect(instances()).not.toContain(undefined);
    expect(backend.lastValue('app_jobs', { kind: 'work' })).toBe(10);
  });
});
