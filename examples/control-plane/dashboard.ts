import { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import type { Datapoint, History } from './history';
import type { Nodes } from './nodes';
import { type Prometheus, Unreachable } from './prometheus';
import { isMetric, METRICS, type Metric } from './readings';
import { topEntities } from './top-entities';

const UNIT_MILLIS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const MAX_RANGE_MILLIS = 30 * 86_400_000;
const MAX_ENTITIES = 100;
/** The windows of `ingestion_rate` and latencies, and of `events_per_second`. */
const LONG_WINDOW_MILLIS = 5 * 60_000;
const SHORT_WINDOW_MILLIS = 60_000;

/**
 * The dashboard's API: current values, history, and the entities with the most events.
 *
 * @param capacity the bytes that the storage can hold; `undefined` if unknown
 */
export function createDashboard(
  nodes: Nodes,
  history: History,
  prometheus: Prometheus | undefined,
  capacity: number | undefined,
): Router {
  const router = Router();

  router.get('/overview', (_, response) => {
    const now = nodes.read(LONG_WINDOW_MILLIS);
    const all = nodes.list();
    const healthy = all.filter(({ isHealthy }) => isHealthy).length;
    const { storage_size_bytes: bytes } = now;
    response.json({
      timestamp: new Date().toISOString(),
      cluster: {
        total_nodes: all.length,
        healthy_nodes: healthy,
        total_events: now.total_events,
        ingestion_rate: now.ingestion_rate,
      },
      performance: {
        avg_ingestion_latency_ms: now.avg_ingestion_latency_ms,
        p95_query_latency_ms: now.p95_query_latency_ms,
        events_per_second: nodes.read(SHORT_WINDOW_MILLIS).ingestion_rate,
      },
      health: {
        core_status: all.length === 0 ? null : statusOf(healthy / all.length),
        storage_usage_percent: bytes === null || capacity === undefined ? null : (100 * bytes) / capacity,
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
    response.json({ timestamp: new Date().toISOString(), ...(await topEntities(nodes.list(), limit)) });
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
