import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drive } from '../../examples/hodei/traffic';
import { catalog } from '../../src/systems/generated/hodei';
import { until } from '../servers/processes';
import { missingFamilies, type RunningExample, runExample, samples } from './programs';

describe('the hodei example', () => {
  let hodei: RunningExample;
  beforeAll(async () => {
    hodei = await runExample('hodei', { WORKERS: '2' });
    await until(async () => ((await sample('hodei_workers_healthy')) === 2 ? true : undefined));
  });
  afterAll(() => hodei.stop('SIGKILL'));

  const call = (method: string, path: string, body?: object) =>
    fetch(hodei.api + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });

  async function submit(tenant: string, work: object): Promise<string> {
    const response = await call('POST', '/api/v1/jobs', { tenant, work });
    expect(response.status).toBe(202);
    return ((await response.json()) as { id: string }).id;
  }

  async function sample(series: string): Promise<number | undefined> {
    return samples(await hodei.page()).get(series);
  }

  async function reaches(series: string, value: number): Promise<void> {
    await until(async () => {
      const now = await sample(series);
      if (now === value) return true;
      throw new Error(`${series} is ${now}, not ${value}`);
    });
  }

  it('the hodei example serves the CPU and memory of each registered worker', async () => {
    const page = samples(await hodei.page());
    expect(page.get('hodei_workers_registered_total')).toBe(2);
    expect(page.get('hodei_workers_total')).toBe(2);
    expect(page.get('hodei_memory_usage_mb{worker_id="worker-1"}')).toBeGreaterThan(5);
    expect(page.get('hodei_cpu_usage_percent{worker_id="worker-2"}')).toBeGreaterThanOrEqual(0);
  });

  it('the hodei example counts the jobs of a tenant from submission to completion', async () => {
    for (const text of ['one', 'two words', 'and three words']) await submit('acme', { kind: 'words', text });
    await submit('acme', { kind: 'parse', text: 'not JSON' });
    await reaches('hodei_jobs_completed_total{tenant_id="acme"}', 3);
    await reaches('hodei_jobs_failed_total{tenant_id="acme",error_type="SyntaxError"}', 1);
    const page = samples(await hodei.page());
    expect(page.get('hodei_jobs_scheduled_total{tenant_id="acme"}')).toBe(4);
    expect(page.get('hodei_queue_wait_time_seconds_count')).toBe(4);
    expect(page.get('hodei_jobs_queued')).toBe(0);
    expect(page.get('hodei_queue_size')).toBe(0);
    expect(page.get('hodei_events_published_total{event_type="job.submitted"}')).toBe(4);
    expect(page.get('hodei_event_bus_subscribers')).toBe(4);
  });

  it('the hodei example counts queued jobs while both workers are busy, and never counts a cancelled job as scheduled', async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(await submit('busy', { kind: 'sleep', millis: 3000 }));
    const page = samples(await hodei.page());
    expect(page.get('hodei_jobs_queued')).toBe(1);
    expect(page.get('hodei_queue_size')).toBe(3);
    expect((await call('DELETE', `/api/v1/jobs/${ids[2]}`)).status).toBe(204);
    await reaches('hodei_jobs_completed_total{tenant_id="busy"}', 2);
    expect(await sample('hodei_jobs_scheduled_total{tenant_id="busy"}')).toBe(2);
  });

  it('the hodei example detects a killed worker, removes its series, replaces it and starts its job again', async () => {
    const id = await submit('retry', { kind: 'sleep', millis: 1500 });
    const workers = (await (await call('GET', '/api/v1/workers')).json()) as { id: string; jobId: string | null }[];
    const busy = workers.find(({ jobId }) => jobId === id)?.id;
    expect((await call('DELETE', `/api/v1/workers/${busy}`)).status).toBe(202);
    await reaches('hodei_workers_registered_total', 3);
    expect(await hodei.page()).not.toContain(`worker_id="${busy}"`);
    expect(await sample('hodei_scheduling_decisions_total{decision_type="requeued"}')).toBe(1);
    await reaches('hodei_jobs_completed_total{tenant_id="retry"}', 1);
    expect(await sample('hodei_workers_healthy')).toBe(2);
  });

  it('the hodei example counts a client that follows the events as a subscriber until it leaves', async () => {
    expect((await call('GET', '/ready')).status).toBe(200);
    const leaving = new AbortController();
    const events = await fetch(`${hodei.api}/api/v1/events`, { signal: leaving.signal });
    await reaches('hodei_event_bus_subscribers', 9);
    const id = await submit('watched', { kind: 'words', text: 'one' });
    let text = '';
    for await (const chunk of events.body ?? []) {
      text += new TextDecoder().decode(chunk);
      if (text.includes('job.finished')) break;
    }
    expect(text).toContain(`event: job.submitted\ndata: {"jobId":"${id}"}`);
    leaving.abort();
    await reaches('hodei_event_bus_subscribers', 4);
  });

  it('the hodei example serves exemplars that lead to the spans in which a job was scheduled', async () => {
    const id = await submit('traced', { kind: 'words', text: 'one' });
    await reaches('hodei_jobs_completed_total{tenant_id="traced"}', 1);
    const response = await fetch(hodei.metrics, { headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
    const page = await response.text();
    const traceIds = [...page.matchAll(/^hodei_queue_wait_time_seconds_bucket.*trace_id="(\w+)"/gm)].map(
      ([, trace]) => trace,
    );
    expect(traceIds.length).toBeGreaterThan(0);
    const traces = await Promise.all(
      traceIds.map(
        async (trace) =>
          (await call('GET', `/api/v1/traces/${trace}`)).json() as Promise<{ name: string; attributes: object }[]>,
      ),
    );
    const spans = traces.flat();
    expect(new Set(spans.map(({ name }) => name))).toEqual(new Set(['quota', 'schedule']));
    expect(spans.map(({ attributes }) => attributes)).toContainEqual(
      expect.objectContaining({ 'job.id': id, 'job.tenant': 'traced' }),
    );
    expect((await call('GET', '/api/v1/traces/none')).status).toBe(404);
  });

  it('the hodei example labels requests with the route template, those of the mounted metrics included', async () => {
    await call('GET', '/api/v1/jobs/none');
    await call('GET', '/nothing/here');
    const page = samples(await hodei.page());
    const series = (endpoint: string, status: number) =>
      `hodei_http_requests_total{method="GET",endpoint="${endpoint}",status_code="${status}"}`;
    expect(page.get(series('/api/v1/jobs/:id', 404))).toBe(1);
    expect(page.get(series('unmatched', 404))).toBe(1);
    expect(page.has(series('/api/v1/metrics', 200))).toBe(true);
  });

  it('the hodei example serves every documented family under traffic', async () => {
    const stop = new AbortController();
    const driving = drive(hodei.api, stop.signal);
    await until(async () => (missingFamilies(await hodei.page(), catalog).length === 0 ? true : undefined), 20_000);
    stop.abort();
    await driving;
  });

  it('the hodei example runs no more jobs of a tenant than its quota, and counts decisions about others', async () => {
    const limited = await runExample('hodei', { WORKERS: '2', QUOTA: '1' });
    try {
      const send = async (tenant: string) => {
        const body = JSON.stringify({ tenant, work: { kind: 'sleep', millis: 10_000 } });
        await fetch(`${limited.api}/api/v1/jobs`, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json' },
        });
      };
      await until(async () => (samples(await limited.page()).get('hodei_workers_healthy') === 2 ? true : undefined));
      for (const tenant of ['a', 'a', 'b']) await send(tenant);
      await until(async () => {
        const page = samples(await limited.page());
        return page.get('hodei_jobs_scheduled_total{tenant_id="b"}') === 1 ? true : undefined;
      });
      const page = samples(await limited.page());
      expect(page.get('hodei_jobs_scheduled_total{tenant_id="a"}')).toBe(1);
      expect(page.get('hodei_jobs_queued')).toBe(1);
      expect(page.get('hodei_scheduling_decisions_total{decision_type="over_quota"}')).toBeGreaterThan(0);
      expect(await (await fetch(`${limited.api}/api/v1/cluster`)).json()).toEqual({
        healthyWorkers: 2,
        totalWorkers: 2,
        reservedJobs: 3,
      });
    } finally {
      await limited.stop('SIGKILL');
    }
  });

  it('the hodei example ends on SIGTERM', async () => {
    expect(await hodei.stop()).toEqual({ code: 0, signal: null });
  });
});
