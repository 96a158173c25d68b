import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import type { Datapoint, History } from './history';
import type { Nodes } from './nodes';
import { type Prometheus, Unreachable } from './prometheus';
import { isMetric, METRICS, type Metric } from './readings';

const UNIT_MILLIS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const MAX_RANGE_MILLIS = 30 * 86_400_000;
const MAX_ENTITIES = 100;
const ANSWER_MILLIS = 5000;

/** The dashboard's API: current values, history, and the entities with the most events. */
export function createDashboard(
  nodes: Nodes,
  history: History,
  prometheus: Prometheus | undefined,
  capacity: number,
): Router {
  const router = Router();

  router.get('/overview', async (_, response) => {
    const { ingestion_rate, avg_ingestion_latency_ms, p95_query_latency_ms, total_events, ...now } = await nodes.poll();
    const all = nodes.list();
    const healthy = all.filter(({ isHealthy }) => isHealthy).length;
    response.json({
      timestamp: new Date().toISOString(),
      cluster: { total_nodes: all.length, healthy_nodes: healthy, total_events, ingestion_rate },
      performance: { avg_ingestion_latency_ms, p95_query_latency_ms, events_per_second: ingestion_rate },
      health: {
        core_status: all.length === 0 ? null : statusOf(healthy / all.length),
        storage_usage_percent: now.storage_size_bytes === null ? null : (100 * now.storage_size_bytes) / capacity,
        wal_segments: now.wal_segments,
      },
    });
  });

  const timeseries: RequestHandler = async (request, response) => {
    const { metric = 'ingestion_rate', range = '1h' } = request.query as { metric?: string; range?: string };
    const millis = rangeMillis(range);
    if (!isMetric(metric)) {
      response.status(400).json({
        error: `invalid metric ${JSON.stringify(metric)}: expected one of ${Object.keys(METRICS).join(', ')}`,
      });
    } else if (millis === undefined) {
      response
        .status(400)
        .json({ error: `invalid range ${JSON.stringify(range)}: expected a number and s, m, h or d, up to 30d` });
    } else response.json({ metric, range, datapoints: await datapoints(metric, Date.now() - millis) });
  };
  const datapoints = async (metric: Metric, from: number): Promise<Datapoint[]> =>
    prometheus === undefined ? history.since(metric, from) : prometheus.since(metric, from);
  router.get('/timeseries', timeseries);

  router.get('/top_entities', async (request, response) => {
    const limit = Number(request.query.limit ?? 10);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ENTITIES) {
      response.status(400).json({ error: `invalid limit: expected an integer from 1 to ${MAX_ENTITIES}` });
      return;
    }
    const answers = await Promise.all(nodes.list().map(async ({ id, url }) => [id, await topEntities(url)] as const));
    const counts = new Map<string, number>();
    for (const [, entities] of answers) {
      for (const { entity_id, event_count } of entities ?? [])
        counts.set(entity_id, (counts.get(entity_id) ?? 0) + event_count);
    }
    const top = [...counts].sort(([, a], [, b]) => b - a).slice(0, limit);
    response.json({
      timestamp: new Date().toISOString(),
      entities: answers.some(([, entities]) => entities !== null)
        ? top.map(([entity_id, event_count]) => ({ entity_id, event_count }))
        : null,
      missing_nodes: answers.filter(([, entities]) => entities === null).map(([id]) => id),
    });
  });

  const unreachable: ErrorRequestHandler = (error, _request, response, next) => {
    if (error instanceof Unreachable) response.status(502).json({ error: error.message });
    else next(error);
  };
  router.use(unreachable);
  return router;
}

function statusOf(share: number): 'healthy' | 'degraded' | 'unhealthy' {
  if (share === 1) return 'healthy';
  return share > 0 ? 'degraded' : 'unhealthy';
}

function rangeMillis(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const millis = Number(digits) * (UNIT_MILLIS.get(unit) ?? Number.NaN);
  return millis > 0 && millis <= MAX_RANGE_MILLIS ? millis : undefined;
}

/** Returns the entities of a node with the most events, or null if it does not answer. */
async function topEntities(url: string): Promise<{ entity_id: string; event_count: number }[] | null> {
  try {
    const response = await fetch(`${url}/api/v1/entities?limit=${MAX_ENTITIES}`, {
      signal: AbortSignal.timeout(ANSWER_MILLIS),
    });
    if (!response.ok) return null;
    return ((await response.json()) as { entities: { entity_id: string; event_count: number }[] }).entities;
  } catch {
    return null;
  }
}
