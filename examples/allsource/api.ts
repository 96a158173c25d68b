import { createServer, type Server } from 'node:http';
import express from 'express';
import type { Sdk } from 'meterbridge';
import type { NewEvent } from './event';
import { type EventStore, InvalidEvent } from './event-store';
import type { Pipeline } from './pipelines';

type Handler = (request: express.Request, response: express.Response) => Promise<void> | void;

/** The event store's HTTP API. The same server serves the metrics. */
export function createApi(store: EventStore, sdk: Sdk): Server {
  const app = express();
  app.get('/metrics', sdk.handler);
  app.get('/health', sdk.healthHandler);
  app.get('/ready', sdk.readinessHandler);
  app.use(express.json({ limit: '1mb' }));

  app.post('/api/v1/events', async (request, response) => {
    const event: unknown = request.body;
    if (!isEvent(event)) {
      response.status(400).json({ error: 'invalid event: expected strings event_type and entity_id' });
      return;
    }
    const { sequence, time, projection_error } = await store.ingest({ ...event, payload: event.payload ?? null });
    response.status(201).json({ sequence, time, projection_error });
  });
  app.get('/api/v1/events', async (request, response) => {
    const { event_type, entity_id, since, limit } = request.query as Record<string, string | undefined>;
    const events = await store.query({
      ...(event_type === undefined ? {} : { event_type }),
      ...(entity_id === undefined ? {} : { entity_id }),
      ...(since === undefined ? {} : { since: Number(since) }),
      ...(limit === undefined ? {} : { limit: Number(limit) }),
    });
    response.json({ count: events.length, events });
  });
  app.get('/api/v1/stats', (_, response) => void response.json(store.stats()));
  app.get('/api/v1/entities', (request, response) => {
    response.json({ entities: store.topEntities(Number(request.query.limit ?? 10)) });
  });
  app.put('/api/v1/schemas/:subject', async (request, response) => {
    await store.schemas.register(request.params.subject, request.body as object);
    response.status(204).end();
  });
  app.post('/api/v1/pipelines', async (request, response) => {
    const pipeline: unknown = request.body;
    if (!isPipeline(pipeline))
      response
        .status(400)
        .json({ error: 'invalid pipeline: expected strings name, event_type and field, and a number at_least' });
    else if (await store.pipelines.register(pipeline)) response.status(201).json(pipeline);
    else response.status(429).json({ error: 'the maximum number of pipelines is reached' });
  });
  app.get(
    '/api/v1/pipelines/:name',
    found((request) => store.pipelines.passed(String(request.params.name))),
  );
  app.get(
    '/api/v1/projections/:name',
    found((request) => store.projections.view(String(request.params.name))),
  );
  app.post(
    '/api/v1/projections/:name/replay',
    found(async (request) => {
      const events = await store.replay(String(request.params.name));
      return events === undefined ? undefined : { events };
    }),
  );
  app.post(
    '/api/v1/snapshots/:entity',
    found((request) => store.snapshot(String(request.params.entity))),
  );
  app.post('/api/v1/compaction', async (_, response) => void response.json({ merged: await store.compact() }));

  app.use((request, response) => void response.status(404).json({ error: `not found: ${request.path}` }));
  app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
    const isClients = error instanceof InvalidEvent || 'status' in error || /schema/.test(error.message);
    response.status(isClients ? 400 : 500).json({ error: error.message });
  });
  return createServer(app);
}

/** Answers with what the function returns, or 404 if that is `undefined`. */
function found(find: (request: express.Request) => unknown): Handler {
  return async (request, response) => {
    const value = await find(request);
    if (value === undefined) response.status(404).json({ error: `not found: ${request.path}` });
    else response.json(value);
  };
}

function isEvent(value: unknown): value is NewEvent {
  const { event_type, entity_id } = (value ?? {}) as Partial<NewEvent>;
  return [event_type, entity_id].every((text) => typeof text === 'string' && text !== '' && text.length <= 200);
}

function isPipeline(value: unknown): value is Pipeline {
  const { name, event_type, field, at_least } = (value ?? {}) as Partial<Pipeline>;
  return [name, event_type, field].every((text) => typeof text === 'string') && typeof at_least === 'number';
}
