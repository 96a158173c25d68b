import { createServer, type Server } from 'node:http';
import express, { type Router } from 'express';
import type { Sdk } from 'meterbridge';
import { controlPlane } from 'meterbridge/systems/control-plane';
import type { Nodes } from './nodes';

/** The control plane's HTTP API. The same server serves the metrics. */
export function createApi(nodes: Nodes, dashboard: Router, sdk: Sdk): Server {
  const app = express();
  app.get('/metrics', sdk.handler);
  app.get('/health', sdk.healthHandler);
  app.get('/ready', sdk.readinessHandler);
  app.use(express.json({ limit: '10kb' }));

  app.get('/api/v1/metrics', (_, response) => {
    const all = nodes.list();
    response.json({
      control_plane: { uptime_seconds: process.uptime(), requests_total: requestsTotal() },
      core_nodes: {
        events_total: sum(all.map(({ events }) => events)),
        queries_total: sum(all.map((node) => node.sum('allsource_queries_total'))),
      },
    });
  });
  app.use('/api/v1/dashboard', dashboard);
  app.get('/api/v1/nodes', (_, response) => {
    response.json(
      nodes.list().map(({ id, url, isHealthy, fault = null, events = null }) => ({
        id,
        url,
        healthy: isHealthy,
        fault,
        events_total: events,
      })),
    );
  });
  app.put('/api/v1/nodes/:id', async (request, response) => {
    const { url } = (request.body ?? {}) as { url?: unknown };
    if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:/.test(url)) {
      response
        .status(400)
        .json({ error: 'invalid url: expected the address of a node, such as http://127.0.0.1:8080' });
    } else if (await nodes.watch(request.params.id, url.replace(/\/$/, ''))) response.status(204).end();
    else response.status(429).json({ error: 'the maximum number of nodes is reached' });
  });
  app.delete('/api/v1/nodes/:id', (request, response) => {
    const { id } = request.params;
    if (nodes.forget(id)) response.status(204).end();
    else response.status(404).json({ error: `unknown node ${id}` });
  });

  app.use((request, response) => void response.status(404).json({ error: `not found: ${request.path}` }));
  app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    response.status('status' in error ? 400 : 500).json({ error: error.message });
  });
  return createServer(app);
}

/** Returns how many requests the control plane has answered, from its own metrics. */
function requestsTotal(): number {
  return [...controlPlane.instruments.httpRequestsTotal.series()].reduce((total, { value }) => total + value, 0);
}

/** Returns the sum of the known values; null if none is known. */
function sum(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
