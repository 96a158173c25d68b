import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { sampleOf } from '../process/apps';
import { until } from '../servers/processes';
import { Load, Program } from './programs';

const LATE = 'meterbridge_processes{state="late"}';
const REQUESTS = 'app_requests_total{path="/",otel_scope_name="app"}';
/** The longest time that a killed worker has not sent what it recorded, in milliseconds, with the delay of a busy machine. */
const UNSYNCED_MILLIS = 2000;

let program: Program | undefined;
let load: Load | undefined;
afterEach(async () => {
  await load?.stop();
  await program?.stop();
  load = undefined;
  program = undefined;
});

/** Returns how many answers a process gave in its last unsynced interval. */
function answeredLast(running: Load, pid: number): number {
  const times = running.times.get(pid) ?? [];
  const last = times.at(-1) ?? 0;
  return times.filter((time) => time > last - UNSYNCED_MILLIS).length;
}

describe('a cluster with a preloaded primary', () => {
  it('has one endpoint, which counts every request of every worker and merges each kind of metric', async () => {
    program = await Program.start('cluster.cjs');
    const url = `http://127.0.0.1:${await program.port()}/`;
    load = new Load(url);
    await load.answered(200);
    await load.stop();
    await program.pageWith(REQUESTS, load.total);
    // What callbacks observe arrives with a scrape that no worker is late for.
    const page = await program.pageWith('app_observed_total{otel_scope_name="app"}', 8);
    expect(load.answers.size).toBe(4);
    expect(sampleOf(page, REQUESTS)).toBe(load.total);
    expect(sampleOf(page, 'app_sizes_count{otel_scope_name="app"}')).toBe(load.total);
    expect(sampleOf(page, 'app_sizes_bucket{otel_scope_name="app",le="10"}')).toBe(load.total);
    expect(sampleOf(page, 'app_sizes_sum{otel_scope_name="app"}')).toBe(load.total * 5);
    expect(sampleOf(page, 'app_connections{otel_scope_name="app"}')).toBe(4);
    expect(sampleOf(page, 'meterbridge_processes{state="current"}')).toBe(5);
    const temperatures = [...page.matchAll(/^app_temperature\{process="(\d)",.*\} (\d+)$/gm)];
    expect(temperatures.map(([, process]) => process).sort()).toEqual(['1', '2', '3', '4']);
    expect(temperatures.map(([, , pid]) => Number(pid)).sort()).toEqual(program.listening().sort());
    expect(program.child.stderr()).toBe('');
  });

  it('merges the metrics of the runtime as prom-client does, and not all by their sum', async () => {
    program = await Program.start('cluster.cjs', { WORKERS: '2' });
    const running = program;
    await running.port();
    const page = await until(async () => {
      const text = await running.page();
      return text.match(/^process_start_time_seconds\{process="\d"\} /gm)?.length === 3 ? text : undefined;
    });
    expect(page.match(/^nodejs_version_info\{.*\} 1$/gm)).toHaveLength(1);
    const value = (name: string) => sampleOf(page, name) ?? Number.NaN;
    expect(value('nodejs_eventloop_lag_min_seconds')).toBeLessThanOrEqual(value('nodejs_eventloop_lag_p50_seconds'));
    expect(value('nodejs_eventloop_lag_p50_seconds')).toBeLessThanOrEqual(value('nodejs_eventloop_lag_max_seconds'));
  });

  it('loses nothing if a worker ends cleanly under load, and keeps what it has counted', async () => {
    program = await Program.start('cluster.cjs', { RESPAWN: '1', WORKERS: '3' });
    load = new Load(`http://127.0.0.1:${await program.port()}/`);
    // A rolling restart: each worker is replaced.
    for (const [index, pid] of program.listening().entries()) {
      await load.answered(50);
      process.kill(pid, 'SIGTERM');
      await program.ended(pid);
      await program.listeningCount(4 + index);
    }
    await load.answered(50);
    await load.stop();
    expect(load.answers.size).toBe(6);
    expect(sampleOf(await program.pageWith(LATE, 0), REQUESTS)).toBe(load.total);
  });

  it('loses at most the unsynced interval of a worker that is killed under load, and ends its gauges', async () => {
    program = await Program.start('cluster.cjs', { RESPAWN: '1' });
    load = new Load(`http://127.0.0.1:${await program.port()}/`);
    const [victim = 0] = program.listening();
    await load.answered(200);
    await program.page();
    await load.answered(50);
    process.kill(victim, 'SIGKILL');
    await program.ended(victim);
    await program.listeningCount(5);
    await load.answered(50);
    await load.stop();
    const page = await program.pageWith(LATE, 0);
    const counted = sampleOf(page, REQUESTS) ?? 0;
    const lost = load.total - counted;
    expect(lost).toBeLessThanOrEqual(answeredLast(load, victim));
    // An answer that was counted may not have arrived.
    expect(lost).toBeGreaterThanOrEqual(-4);
    expect(sampleOf(page, 'app_connections{otel_scope_name="app"}')).toBe(4);
    expect(page).not.toContain(`} ${victim}\n`);
  });

  it('serves the last known values of a worker that hangs, and reports it as late', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meterbridge-hang-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const hangs = join(folder, 'hangs');
    writeFileSync(hangs, '');
    program = await Program.start('cluster.cjs', { WORKERS: '2', HANGS_WHILE: hangs });
    const url = `http://127.0.0.1:${await program.port()}`;
    load = new Load(`${url}/`);
    await load.answered(50);
    await load.stop();
    await program.pageWith(REQUESTS, load.total);
    await fetch(`${url}/hang`);
    const page = await program.pageWith(LATE, 1);
    expect(sampleOf(page, REQUESTS)).toBe(load.total);
    expect(sampleOf(page, 'meterbridge_processes{state="current"}')).toBe(2);
    rmSync(hangs);
    await program.pageWith(LATE, 0);
    await program.pageWith('meterbridge_processes{state="current"}', 3);
  });

  it('serves the page of all processes from the handler of a worker', async () => {
    program = await Program.start('cluster.cjs', { WORKERS: '2', MOUNT: '1' });
    const url = `http://127.0.0.1:${await program.port()}`;
    load = new Load(`${url}/`);
    await load.answered(50);
    await load.stop();
    await program.pageWith(REQUESTS, load.total);
    for (let i = 0; i < 4; i++) {
      const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } });
      expect(response.status).toBe(200);
      expect(sampleOf(await response.text(), REQUESTS)).toBe(load.total);
    }
    const filtered = await (await fetch(`${url}/metrics?name[]=app_requests_total`)).text();
    expect([...filtered.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)).toEqual(['app_requests_total']);
  });
});
