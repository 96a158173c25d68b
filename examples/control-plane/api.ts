import { createServer, type Server } from 'node:http';
import express, { type Router } from 'express';
import { parseExposition, type Sdk } from 'meterbridge';
import type { Nodes } from './nodes';
import { sum } from './readings';

/** The control plane's HTTP API. The same server serves the metrics. */
export function createApi(nodes: Nodes, dashboard: Router, sdk: Sdk): Server {
  const app = express();
  app.get('/metrics', sdk.handler);
  app.get('/health', sdk.healthHandler);
  app.get('/ready', sdk.readinessHandler);
  app.use(express.json({ limit: '10kb' }));

  app.get('/api/v1/metrics', async (_, response) => {
    const { total_events } = await nodes.poll();
    response.json({
      control_plane: { uptime_seconds: process.uptime(), requests_total: await requestsTotal(sdk) },
      core_nodes: {
        events_total: total_events,
        queries_total: sum(nodes.list(), 'allsource_queries_total'),
      },
    });
  });
  app.use('/api/v1/dashboard', dashboard);
  app.get('/api/v1/nodes', (_, response) => {
    response.json(nodes.list().map(({ id, url, isHealthy, fault = null }) => ({ id, url, healthy: isHealthy, fault })));
  });
  app.put('/api/v1/nodes/:id', async (request, response) => {
    const { url } = (request.body ?? {}) as { url?: unknown };
    if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:/.test(url)) {
      response
        .status(400)
        .json({ error: 'invalid url: expected the address of a node, such as http://127.0.0.1:8082' });
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
async function requestsTotal(sdk: Sdk): Promise<number> {
  const { body } = await sdk.scrape();
  const samples = parseExposition(body).get('control_plane_http_requests_total')?.samples ?? [];
  return samples.reduce((sum, { value }) => sum + value, 0);
}
