import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/systems/generated/control-plane';
import { until } from '../servers/processes';
import { hasPrometheus, PrometheusServer } from '../servers/prometheus';
import { missingFamilies, type RunningExample, runExample, samples } from './programs';

/** What the dashboard API answers, in one of its shapes. */
interface Answer {
  readonly error: string;
  readonly cluster: { readonly ingestion_rate: number };
  readonly performance: { readonly avg_ingestion_latency_ms: number; readonly p95_query_latency_ms: number };
  readonly health: { readonly core_status: string };
  readonly datapoints: readonly { readonly value: number | null }[];
  readonly entities: readonly { readonly entity_id: string; readonly event_count: number }[];
  readonly missing_nodes: readonly string[];
}

describe('the control-plane example', () => {
  let folder: string;
  let core: RunningExample;
  let plane: RunningExample;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
    core = await runExample('allsource', { DATA_DIR: join(folder, 'core-1') });
    plane = await runExample('control-plane', { CORE_NODES: `core-1=${core.api}`, POLL_MILLIS: '100' });
  });
  afterAll(async () => {
    await Promise.all([core.stop('SIGKILL'), plane.stop('SIGKILL')]);
    rmSync(folder, { recursive: true, force: true });
  });

  const get = async (path: string) => (await fetch(plane.api + path)).json() as Promise<Record<string, unknown>>;
  const put = (id: string, url: string) =>
    fetch(`${plane.api}/api/v1/nodes/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url }),
    });
  const series = async (name: string) => samples(await plane.page()).get(name);
  const health = (id: string) => series(`control_plane_core_health_status{node_id="${id}"}`);

  it('the control-plane example returns the state of the nodes in the documented JSON', async () => {
    for (const entity_id of ['a', 'b', 'c']) {
      await fetch(`${core.api}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ event_type: 'test', entity_id }),
      });
    }
    await fetch(`${core.api}/api/v1/events`);
    const first = (await until(async () => {
      const answer = (await get('/api/v1/metrics')) as { core_nodes: { queries_total: number } };
      return answer.core_nodes.queries_total === 1 ? answer : undefined;
    })) as unknown as { control_plane: { requests_total: number } };
    expect(first).toEqual({
      control_plane: { uptime_seconds: expect.any(Number), requests_total: expect.any(Number) },
      core_nodes: { events_total: 3, queries_total: 1 },
    });
    const { control_plane } = (await get('/api/v1/metrics')) as { control_plane: { requests_total: number } };
    expect(control_plane.requests_total).toBe(first.control_plane.requests_total + 1);
    await until(async () =>
      (await series('control_plane_core_events_total{node_id="core-1"}')) === 3 ? true : undefined,
    );
    expect(await health('core-1')).toBe(1);
  });

  it('the control-plane example serves every documented family, with route templates as endpoints', async () => {
    await get('/api/v1/nothing/here');
    await until(async () =>
      (await series('control_plane_http_requests_total{method="GET",endpoint="",status="404"}')) === 1
        ? true
        : undefined,
    );
    expect(missingFamilies(await plane.page(), catalog)).toEqual([]);
  });

  it('the control-plane example updates its metrics when nodes are added, fail and are removed', async () => {
    const second = await runExample('allsource', { DATA_DIR: join(folder, 'core-2') });
    expect((await put('core-2', second.api)).status).toBe(204);
    expect(await health('core-2')).toBe(1);
    expect((await fetch(`${plane.api}/ready`)).status).toBe(200);

    await second.stop('SIGKILL');
    await until(async () => ((await health('core-2')) === 0 ? true : undefined));
    const ready = await fetch(`${plane.api}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('core-2: ');
    expect(await get('/api/v1/nodes')).toContainEqual(expect.objectContaining({ id: 'core-2', healthy: false }));

    expect((await fetch(`${plane.api}/api/v1/nodes/core-2`, { method: 'DELETE' })).status).toBe(204);
    expect((await plane.page()).includes('core-2')).toBe(false);
    expect((await fetch(`${plane.api}/api/v1/nodes/core-2`, { method: 'DELETE' })).status).toBe(404);
  });

  it('the control-plane example counts a node that answers with an invalid page as down', async () => {
    const nonsense = createServer((_, response) => response.end('<html>'));
    await new Promise<void>((resolve) => nonsense.listen(0, '127.0.0.1', resolve));
    await put('core-3', `http://127.0.0.1:${(nonsense.address() as AddressInfo).port}`);
    expect(await health('core-3')).toBe(0);
    expect(await get('/api/v1/nodes')).toContainEqual(
      expect.objectContaining({ id: 'core-3', fault: expect.stringContaining('line 1, column 1') }),
    );
    await fetch(`${plane.api}/api/v1/nodes/core-3`, { method: 'DELETE' });
    nonsense.close();
    expect((await put('core-4', 'not a url')).status).toBe(400);
  });

  describe('the dashboard API', () => {
    const dashboard = async (path: string) => {
      const response = await fetch(`${plane.api}/api/v1/dashboard/${path}`);
      return { status: response.status, body: (await response.json()) as Answer };
    };
    const ingest = async (count: number) => {
      for (let i = 0; i < count; i++) {
        await fetch(`${core.api}/api/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ event_type: 'test', entity_id: i % 4 === 0 ? 'rare' : 'busy' }),
        });
      }
      await fetch(`${core.api}/api/v1/events?limit=1`);
    };

    it('the dashboard API returns an overview in the documented shape', async () => {
      const overview = await until(async () => {
        await ingest(8);
        const { body } = await dashboard('overview');
        return body.cluster.ingestion_rate > 0 && body.performance.p95_query_latency_ms > 0 ? body : undefined;
      });
      expect(overview).toEqual({
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        cluster: {
          total_nodes: 1,
          healthy_nodes: 1,
          total_events: expect.any(Number),
          ingestion_rate: expect.any(Number),
        },
        performance: {
          avg_ingestion_latency_ms: expect.any(Number),
          p95_query_latency_ms: expect.any(Number),
          events_per_second: expect.any(Number),
        },
        health: { core_status: 'healthy', storage_usage_percent: null, wal_segments: 1 },
      });
      expect(overview.performance.avg_ingestion_latency_ms).toBeLessThan(1000);
    });

    it('the dashboard API returns the history from memory', async () => {
      await ingest(5);
      const { body } = await until(async () => {
        const answer = await dashboard('timeseries?metric=total_events&range=5m');
        return answer.body.datapoints.length > 1 && (answer.body.datapoints.at(-1)?.value ?? 0) > 5
          ? answer
          : undefined;
      });
      expect(body).toMatchObject({ metric: 'total_events', range: '5m' });
      const values = body.datapoints.map(({ value }) => value ?? 0);
      expect(values.at(-1)).toBeGreaterThan(5);
      expect([...values].sort((a, b) => a - b)).toEqual(values);
      expect((await dashboard('timeseries')).body).toMatchObject({ metric: 'ingestion_rate', range: '1h' });
    });

    it('the dashboard API returns the entities with the most events', async () => {
      const { body } = await dashboard('top_entities?limit=2');
      expect(body.missing_nodes).toEqual([]);
      expect(body.entities.map(({ entity_id }) => entity_id)).toEqual(['busy', 'rare']);
      expect(body.entities[0]?.event_count).toBeGreaterThan(body.entities[1]?.event_count ?? Infinity);
    });

    it('the dashboard API adds up the events of an entity over all nodes, also of one that is first on none', async () => {
      const second = await runExample('allsource', { DATA_DIR: join(folder, 'core-2') });
      const send = (url: string, entity_id: string, count: number) =>
        Promise.all(
          Array.from({ length: count }, () =>
            fetch(`${url}/api/v1/events`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ event_type: 'test', entity_id }),
            }),
          ),
        );
      try {
        expect((await put('core-2', second.api)).ok).toBe(true);
        await send(core.api, 'only-1', 40);
        await send(second.api, 'only-2', 39);
        for (const { api } of [core, second]) await send(api, 'both', 25);
        const { body } = await dashboard('top_entities?limit=2');
        expect(body.missing_nodes).toEqual([]);
        expect(body.entities).toEqual([
          { entity_id: 'both', event_count: 50 },
          { entity_id: 'only-1', event_count: 40 },
        ]);
      } finally {
        await fetch(`${plane.api}/api/v1/nodes/core-2`, { method: 'DELETE' });
        await second.stop();
      }
    });

    it.each([
      ['timeseries?metric=nonsense', 'expected one of ingestion_rate, error_rate'],
      ['timeseries?range=1y', 'expected a number and s, m, h or d, up to 30d'],
      ['timeseries?range=31d', 'expected a number'],
      ['timeseries?range=-1h', 'expected a number'],
      ['top_entities?limit=0', 'expected an integer from 1 to 100'],
    ])('the dashboard API answers 400 for %s', async (path, message) => {
      const { status, body } = await dashboard(path);
      expect(status).toBe(400);
      expect(body.error).toContain(message);
    });

    it.skipIf(!hasPrometheus)(
      'the dashboard API returns the history from Prometheus if it is configured, and 502 while it is down',
      async () => {
        const prometheus = await PrometheusServer.start([
          { job: 'allsource-core', target: new URL(core.api).host, path: '/metrics' },
        ]);
        const second = await runExample('control-plane', {
          CORE_NODES: `core-1=${core.api}`,
          PROMETHEUS_URL: prometheus.url,
        });
        try {
          const fetchSeries = async (metric: string) => {
            const response = await fetch(`${second.api}/api/v1/dashboard/timeseries?metric=${metric}&range=5m`);
            return { status: response.status, body: (await response.json()) as Answer };
          };
          await until(
            async () =>
              ((await fetchSeries('total_events')).body.datapoints.at(-1)?.value ?? 0) > 5 ? true : undefined,
            30_000,
          );
          expect((await fetch(`${second.api}/ready`)).status).toBe(200);
          await prometheus.stop();
          const { status, body } = await fetchSeries('ingestion_rate');
          expect(status).toBe(502);
          expect(body.error).toMatch(/^Prometheus at http:.*ECONNREFUSED/);
          expect((await fetch(`${second.api}/ready`)).status).toBe(503);
        } finally {
          await second.stop();
        }
      },
    );

    it('the dashboard API returns null for values that are unknown while a node is down', async () => {
      await put('gone', 'http://127.0.0.1:9');
      const { body } = await dashboard('overview');
      expect(body.cluster).toMatchObject({ total_nodes: 2, healthy_nodes: 1 });
      expect(body.health.core_status).toBe('degraded');
      expect((await dashboard('top_entities')).body.missing_nodes).toEqual(['gone']);
      expect(await health('gone')).toBe(0);
      await fetch(`${plane.api}/api/v1/nodes/gone`, { method: 'DELETE' });
    });
  });

  it('the control-plane example returns null for values that no node serves', async () => {
    await fetch(`${plane.api}/api/v1/nodes/core-1`, { method: 'DELETE' });
    await until(async () => {
      const { core_nodes } = (await get('/api/v1/metrics')) as { core_nodes: Record<string, unknown> };
      return core_nodes.events_total === null && core_nodes.queries_total === null ? true : undefined;
    });
    const overview = (await get('/api/v1/dashboard/overview')) as { health: unknown };
    expect(overview.health).toEqual({ core_status: null, storage_usage_percent: null, wal_segments: null });
  });

  it('the control-plane example ends on SIGTERM', async () => {
    expect(await plane.stop()).toEqual({ code: 0, signal: null });
    expect(plane.stderr()).toBe('');
  });
});
