import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, until } from '../servers/processes';
import { hasPrometheus, PrometheusServer } from '../servers/prometheus';
import { type RunningExample, runExample } from './programs';

const SCRAPE_SECONDS = 1;
const EVENTS_PER_SECOND = 20;
/** What one scrape more or less at each end of the window can change in a rate over a minute. */
const TOLERANCE = (2 * SCRAPE_SECONDS * EVENTS_PER_SECOND) / 60;

interface Overview {
  readonly cluster: { readonly healthy_nodes: number; readonly total_events: number; readonly ingestion_rate: number };
  readonly performance: {
    readonly events_per_second: number;
    readonly avg_ingestion_latency_ms: number;
    readonly p95_query_latency_ms: number;
  };
}

describe.skipIf(!hasPrometheus)('the control plane and a Prometheus that scrapes the same nodes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'control-plane-prometheus-'));
  const nodes = new Map<string, RunningExample>();
  const ports = new Map<string, number>();
  let plane: RunningExample;
  let prometheus: PrometheusServer;

  const startNode = async (id: string) => {
    const env = { DATA_DIR: join(folder, id), PORT: String(ports.get(id)) };
    nodes.set(id, await runExample('allsource', env));
  };
  const node = (id: string) => nodes.get(id) as RunningExample;
  beforeAll(async () => {
    for (const id of ['core-1', 'core-2']) {
      ports.set(id, await freePort());
      await startNode(id);
    }
    const targets = ['core-1', 'core-2'].map((id) => ({
      job: 'allsource-core',
      target: `127.0.0.1:${ports.get(id)}`,
      path: '/metrics',
    }));
    // Two targets of one job.
    const merged = targets
      .map(({ target }) => `'${target}'`)
      .join(', ')
      .slice(1, -1);
    prometheus = await PrometheusServer.start([{ job: 'allsource-core', target: merged, path: '/metrics' }]);
    plane = await runExample('control-plane', {
      CORE_NODES: ['core-1', 'core-2'].map((id) => `${id}=http://127.0.0.1:${ports.get(id)}`).join(),
      POLL_MILLIS: String(SCRAPE_SECONDS * 1000),
    });
    await prometheus.allUp(2);
  });
  afterAll(async () => {
    await Promise.all([...nodes.values(), plane].map((each) => each?.stop('SIGKILL')));
    await prometheus?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends events to the nodes, evenly spread over some seconds, as far as they answer. */
  async function ingest(seconds: number): Promise<void> {
    const end = Date.now() + seconds * 1000;
    for (let i = 0; Date.now() < end; i++) {
      const url = `http://127.0.0.1:${ports.get(i % 2 === 0 ? 'core-1' : 'core-2')}/api/v1`;
      const signal = AbortSignal.timeout(1000);
      const body = JSON.stringify({ event_type: 'test', entity_id: `e${i % 5}` });
      void fetch(`${url}/events`, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal })
        .then((response) => response.arrayBuffer())
        .catch(() => {});
      void fetch(`${url}/events?limit=1`, { signal })
        .then((response) => response.arrayBuffer())
        .catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 1000 / EVENTS_PER_SECOND));
    }
  }

  const value = async (query: string) => Number((await prometheus.query(query))[0]?.value[1] ?? Number.NaN);

  /** Compares the overview with what Prometheus says, until both have scraped the last events. */
  async function expectAgreement(healthy: number): Promise<Overview> {
    return until(async () => {
      const overview = (await (await fetch(`${plane.api}/api/v1/dashboard/overview`)).json()) as Overview;
      const { cluster, performance } = overview;
      expect(cluster.healthy_nodes).toBe(healthy);
      expect(await value('sum(up)')).toBe(healthy);
      expect(cluster.total_events).toBe(await value('sum(allsource_storage_events_total)'));
      const ingested = (range: string) => value(`sum(rate(allsource_events_ingested_total[${range}]))`);
      expect(Math.abs(performance.events_per_second - (await ingested('1m')))).toBeLessThan(TOLERANCE);
      expect(Math.abs(cluster.ingestion_rate - (await ingested('5m')))).toBeLessThan(TOLERANCE);
      const [sum, count] = ['sum', 'count'].map(
        (part) => `sum(rate(allsource_ingestion_duration_seconds_${part}[5m]))`,
      );
      const average = await value(`1000 * ${sum} / ${count}`);
      expect(performance.avg_ingestion_latency_ms / average).toBeCloseTo(1, 0);
      const buckets = 'sum by (le) (rate(allsource_query_duration_seconds_bucket[5m]))';
      const p95 = await value(`1000 * histogram_quantile(0.95, ${buckets})`);
      expect(performance.p95_query_latency_ms / p95).toBeCloseTo(1, 0);
      // Nothing is invented: no more events than were sent.
      expect(performance.events_per_second).toBeLessThan(EVENTS_PER_SECOND);
      return overview;
    });
  }

  it('the dashboard API says what Prometheus says while nodes run, are killed, hang and restart', async () => {
    await ingest(4);
    const running = await expectAgreement(2);
    expect(running.performance.events_per_second).toBeGreaterThan(0.5);

    await node('core-2').stop('SIGKILL');
    await ingest(2);
    const afterKill = await expectAgreement(1);
    expect(afterKill.cluster.total_events).toBeLessThan(running.cluster.total_events + 2 * EVENTS_PER_SECOND);

    node('core-1').process.kill('SIGSTOP');
    await until(async () => ((await value('sum(up)')) === 0 ? true : undefined));
    const hung = await until(async () => {
      const overview = (await (await fetch(`${plane.api}/api/v1/dashboard/overview`)).json()) as Overview;
      return overview.cluster.healthy_nodes === 0 ? overview : undefined;
    });
    expect(hung.cluster.total_events).toBeNull();
    node('core-1').process.kill('SIGCONT');

    await startNode('core-2');
    await ingest(3);
    await expectAgreement(2);
    const { datapoints } = (await (
      await fetch(`${plane.api}/api/v1/dashboard/timeseries?metric=ingestion_rate&range=5m`)
    ).json()) as { datapoints: { value: number | null }[] };
    expect(Math.max(...datapoints.map((point) => point.value ?? 0))).toBeLessThan(EVENTS_PER_SECOND);
  }, 90_000);
});
