import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningExample, runExample } from '../examples/programs';
import { freePort, ROOT, until } from '../servers/processes';
import { hasPrometheus, PrometheusServer, type ScrapeTarget } from '../servers/prometheus';
import { RULE_FILES, readRules, SYSTEM_FOLDERS, writeScaledRules } from './scaled-rules';

const WAIT_MILLIS = 60_000;
/** Each system is under test at the same time as the others. */
const TEST_MILLIS = 200_000;

describe.skipIf(!hasPrometheus)('the alerts of the documents, on the running examples and a real Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  const running = new Map<string, RunningExample>();
  const seen = new Set<string>();
  let prometheus: PrometheusServer;
  let subscriber: Server;
  let quotas: Server;
  /** How long the other services take to answer. */
  const delays = { subscriber: 0, quotas: 0 };

  const slowServer = async (name: keyof typeof delays, body: string): Promise<Server> => {
    const server = createServer(async (request, response) => {
      request.resume();
      await sleep(delays[name]);
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server;
  };
  /** Worker processes that hang. */
  const paused = new Set<number>();
  const pause = (pid: number) => {
    paused.add(pid);
    process.kill(pid, 'SIGSTOP');
  };
  const resume = (pid: number) => {
    paused.delete(pid);
    process.kill(pid, 'SIGCONT');
  };
  const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  beforeAll(async () => {
    subscriber = await slowServer('subscriber', '');
    quotas = await slowServer('quotas', '{"limit": 2000}');
    const start = async (job: string, system: string, env: NodeJS.ProcessEnv = {}, flags: string[] = []) => {
      running.set(job, await runExample(system, { DATA_DIR: join(folder, job), ...env }, flags));
    };
    await Promise.all([
      start(
        'ticker-poc',
        'ticker',
        {
          METERBRIDGE_SYSTEMS: 'ticker',
          OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
          API_PORT: '0',
          TICK_MILLIS: '100',
        },
        ['--require', 'meterbridge/register'],
      ),
      start('hodei-server', 'hodei', { WORKERS: '2', QUOTA_URL: urlOf(quotas) }),
      start('orchestrator', 'orchestrator', { WORKERS: '3' }),
      // Its workers never count as stale, so that a worker that hangs delays the others.
      start('orchestrator-patient', 'orchestrator', { WORKERS: '2', STALE_MILLIS: '600000' }),
      start('allsource-core', 'allsource'),
    ]);
    const targets: ScrapeTarget[] = [...running].map(([job, { metrics }]) => {
      const { host, pathname } = new URL(metrics);
      return { job, target: host, path: pathname };
    });
    const rules = writeScaledRules(folder).map((path) => `  - ${path}\n`);
    prometheus = await PrometheusServer.start(
      targets,
      `rule_files:\n${rules.join('')}`,
      [],
      '    scrape_interval: 500ms\n    scrape_timeout: 500ms\n',
    );
  }, 120_000);
  afterAll(async () => {
    for (const pid of [...paused]) resume(pid);
    await Promise.all([...running.values()].map((example) => example.stop('SIGKILL')));
    await prometheus?.stop();
    for (const server of [subscriber, quotas]) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const call = (job: string, method: string, path: string, body?: object | string) =>
    fetch(`${running.get(job)?.api}${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: 'Bearer dagda' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const isFiring = async (alert: string, job?: string) => {
    const labels = job === undefined ? '' : `,job="${job}"`;
    const firing = await prometheus.query(`ALERTS{alertname="${alert}",alertstate="firing"${labels}}`);
    return firing.length > 0;
  };
  /** Repeats a cause until the alert fires. */
  const fires = async (alert: string, job?: string, cause: () => unknown = () => {}) => {
    await until(async () => {
      await cause();
      return (await isFiring(alert, job)) ? true : undefined;
    }, WAIT_MILLIS).catch(() => {
      throw new Error(`${alert} does not fire`);
    });
    seen.add(alert);
  };
  const resolves = (alert: string, job?: string, cause: () => unknown = () => {}) =>
    until(async () => {
      await cause();
      return (await isFiring(alert, job)) ? undefined : true;
    }, WAIT_MILLIS).catch(() => {
      throw new Error(`${alert} does not resolve`);
    });

  describe.concurrent('each caused and ended', () => {
    it(
      'the alerts on coordination and heartbeats fire while a worker hangs and the database is locked',
      async () => {
        const job = 'orchestrator-patient';
        const workers = async () =>
          (await (await call(job, 'GET', '/workers')).json()) as { id: string; pid: number }[];
        const processing = async (count: number) => {
          const query = `sum(pupsourcing_orchestrator_worker_state{job="${job}",state="processing"})`;
          return Number((await prometheus.query(query))[0]?.value[1]) === count ? true : undefined;
        };
        await until(() => processing(2), WAIT_MILLIS);
        const [hanging] = await workers();
        const pid = hanging?.pid ?? 0;
        pause(pid);
        // The new worker and the other one wait for the hanging one.
        await call(job, 'POST', '/workers');
        await fires('OrchestratorWorkerStuckCoordinating', job);
        const began = Date.now();

        const database = new Database(join(folder, job, 'orchestrator.db'));
        database.exec('PRAGMA busy_timeout = 5000');
        const lock = async () => {
          database.exec('BEGIN IMMEDIATE');
          await sleep(2000);
          database.exec('ROLLBACK');
          await sleep(100);
        };
        await fires('OrchestratorSlowHeartbeats', job, lock);
        database.close();
        await resolves('OrchestratorSlowHeartbeats', job);

        await sleep(Math.max(0, 31_000 - (Date.now() - began)));
        resume(pid);
        await fires('OrchestratorSlowCoordination', job);
        await resolves('OrchestratorSlowCoordination', job);
        await resolves('OrchestratorWorkerStuckCoordinating', job);
      },
      TEST_MILLIS,
    );

    it(
      'the alerts on workers and errors fire while workers crash, leave and join, and events fail',
      async () => {
        const job = 'orchestrator';
        const list = async () =>
          ((await (await call(job, 'GET', '/workers')).json()) as { id: string }[]).map(({ id }) => id);
        // Three workers run, five are expected.
        await fires('OrchestratorUnexpectedWorkerCount', job);
        for (let i = 0; i < 2; i++) await call(job, 'POST', '/workers');
        await resolves('OrchestratorUnexpectedWorkerCount', job);
        // A worker that crashes is started again, and registers.
        const crash = async () => {
          const [id = ''] = await list();
          await call(job, 'DELETE', `/workers/${id}?crash`);
          await sleep(1000);
        };
        await fires('OrchestratorHighRegistrationRate', job, crash);
        await fires('OrchestratorStaleWorkers', job, crash);
        await resolves('OrchestratorHighRegistrationRate', job);
        await resolves('OrchestratorStaleWorkers', job);

        const send = (data: object) =>
          call(job, 'POST', '/events', [{ stream: `s${Math.random()}`, type: 'UserRegistered', data }]);
        await fires('OrchestratorHighErrorRate', job, () => send({}));
        await resolves('OrchestratorHighErrorRate', job, () => send({ plan: 'team' }));

        for (const id of await list()) await call(job, 'DELETE', `/workers/${id}`);
        await fires('OrchestratorNoWorkers', job);
        await call(job, 'POST', '/workers');
        await resolves('OrchestratorNoWorkers', job);

        // So many changes were too many for an hour.
        const frequent = [
          'OrchestratorUnstableGenerations',
          'OrchestratorReconfigurationStorm',
          'OrchestratorFrequentReconfigurations',
        ];
        for (const alert of frequent) await fires(alert, job);
        for (const alert of frequent) await resolves(alert, job);
      },
      TEST_MILLIS,
    );

    it(
      'the alerts of hodei fire while workers hang, quotas are slow, and jobs pile up',
      async () => {
        const job = 'hodei-server';
        const pids = async () =>
          ((await (await call(job, 'GET', '/api/v1/workers')).json()) as { pid: number }[]).map(({ pid }) => pid);
        const submit = () =>
          call(job, 'POST', '/api/v1/jobs', { tenant: 'acme', work: { kind: 'words', text: 'a b' } });
        await until(
          async () => Number((await prometheus.query('hodei_workers_healthy'))[0]?.value[1]) === 2 || undefined,
        );

        delays.quotas = 300;
        await fires('HighSchedulingLatency', job, submit);
        delays.quotas = 0;
        await resolves('HighSchedulingLatency', job, submit);

        const hanging = await pids();
        for (const pid of hanging) pause(pid);
        await fires('NoHealthyWorkers', job);
        for (let i = 0; i < 60; i++) await Promise.all(Array.from({ length: 20 }, submit));
        await fires('QueueBacklog', job);
        for (const pid of hanging) resume(pid);
        await resolves('NoHealthyWorkers', job);
        await resolves('QueueBacklog', job);
      },
      TEST_MILLIS,
    );

    it(
      'the alerts of the ticker fire while the host is busy, workers fail, and a subscriber is slow',
      async () => {
        const job = 'ticker-poc';
        const program = 'for (;;);';
        const busy = cpus().map(() => spawn(process.execPath, ['-e', program], { stdio: 'ignore' }));
        // They use what the examples leave.
        for (const { pid } of busy) if (pid !== undefined) setPriority(pid, 19);
        try {
          await fires('HighCpuUsage', job);
        } finally {
          for (const child of busy) child.kill('SIGKILL');
        }
        const start = (body: object) => call(job, 'POST', '/shards/shard-0/workers', body);
        await fires('WorkerFailures', job, () => start({ blueprint: 'hash', steps: -1 }));
        await resolves('WorkerFailures', job);

        for (let i = 0; i < 3; i++) await start({ blueprint: 'hash', steps: 10_000 });
        delays.subscriber = 300;
        await call(job, 'POST', '/subscribers', { url: urlOf(subscriber) });
        await fires('HighMessageProcessingLatency', job);
        delays.subscriber = 0;
        await resolves('HighMessageProcessingLatency', job);
        // Other programs can keep the host busy: then the alert is right to fire.
        await until(async () => {
          const [usage] = await prometheus.query('min_over_time(system_cpu_usage_percent{cpu="total"}[5s])');
          return Number(usage?.value[1]) > 80 || !(await isFiring('HighCpuUsage', job)) ? true : undefined;
        }, WAIT_MILLIS);
      },
      TEST_MILLIS,
    );

    it(
      'the alerts of allsource fire while events are rejected or slow, and the disk fills up',
      async () => {
        const job = 'allsource-core';
        const path = join(folder, job, 'events', 'other-data');
        const ingest = (name: string) =>
          call(job, 'POST', '/api/v1/events', { event_type: 'user.created', entity_id: 'u', payload: { name } });
        // The time that the pattern takes doubles with each letter.
        await call(job, 'PUT', '/api/v1/schemas/user.created', {
          type: 'object',
          properties: { name: { type: 'string', pattern: '^(a+)+$' } },
        });
        await fires('HighErrorRate', job, () => ingest('b'));
        await resolves('HighErrorRate', job, () => ingest('a'));

        const pattern = /^(a+)+$/u;
        let name = `${'a'.repeat(16)}!`;
        for (let seconds = 0; seconds < 0.25; name = `a${name}`) {
          const began = performance.now();
          pattern.test(name);
          seconds = (performance.now() - began) / 1000;
        }
        const ingestSlowly = async () => {
          await ingest(name);
          await sleep(200);
        };
        await fires('HighIngestionLatency', job, ingestSlowly);
        await resolves('HighIngestionLatency', job, () => ingest('a'));

        writeFileSync(path, '');
        truncateSync(path, 10_000_000_001);
        await fires('StorageNearCapacity', job);
        rmSync(path);
        await resolves('StorageNearCapacity', job);
      },
      TEST_MILLIS,
    );
  });

  it('every alert of the documents was made to fire', () => {
    const documented = SYSTEM_FOLDERS.flatMap((system) =>
      RULE_FILES.flatMap((file) => readRules(join(ROOT, 'semconv', system, file)).groups),
    )
      .flatMap(({ rules }) => rules)
      .filter(({ alert, annotations }) => alert !== undefined && !annotations?.note?.startsWith('Added'))
      .map(({ alert }) => alert);
    expect([...seen].sort()).toEqual(documented.sort());
  });
});
