import { createServer, type IncomingMessage, type Server } from 'node:http';
import express from 'express';
import type { Sdk } from 'meterbridge';
import type { Store } from './store';
import type { Supervisor } from './supervisor';

/** @param servesMetrics whether the metrics are on this server */
export function createApi(store: Store, supervisor: Supervisor, sdk: Sdk, servesMetrics: boolean): Server {
  const app = express();
  if (servesMetrics) app.get('/metrics', sdk.handler);
  app.get('/health', sdk.healthHandler);
  app.get('/ready', sdk.readinessHandler);
  app.use(express.json({ limit: '1mb' }));

  app.post('/events', (request, response) => {
    const events: unknown = request.body;
    if (!Array.isArray(events) || !events.every(isEvent)) {
      response
        .status(400)
        .json({ error: 'invalid body: expected a list of {"stream": ..., "type": ..., "data": ...}' });
      return;
    }
    for (const { stream, type, data } of events) store.append(stream, type, data);
    response.status(202).json({ accepted: events.length });
  });
  app.get('/projections/:name', (request, response) => void response.json(store.view(request.params.name)));
  app.get('/workers', (_, response) => void response.json(supervisor.list()));
  app.post('/workers', (_, response) => {
    const id = supervisor.add();
    if (id === undefined) response.status(429).json({ error: 'the maximum number of workers is reached' });
    else response.status(201).json({ id });
  });
  app.delete('/workers/:id', (request, response) => {
    const { id } = request.params;
    const found = request.query.crash === undefined ? supervisor.remove(id) : supervisor.kill(id);
    if (found) response.status(204).end();
    else response.status(404).json({ error: `unknown worker ${id}` });
  });
  app.use((error: Error, _request: IncomingMessage, response: express.Response, _next: express.NextFunction) => {
    response.status(400).json({ error: error.message });
  });
  return createServer(app);
}

function isEvent(value: unknown): value is { stream: string; type: string; data: unknown } {
  const { stream, type } = (value ?? {}) as { stream?: unknown; type?: unknown };
  return typeof stream === 'string' && typeof type === 'string';
}
