import fastify, { type FastifyInstance } from 'fastify';
import type { Sdk } from 'meterbridge';
import { EVENT_TYPES } from './event-bus';
import type { Job, Work } from './jobs';
import { QueueFull, type Scheduler } from './scheduler';
import type { TraceStore } from './tracing';

const WORK = {
  type: 'object',
  oneOf: [
    {
      properties: {
        kind: { const: 'hash' },
        text: { type: 'string', maxLength: 10_000 },
        rounds: { type: 'integer', minimum: 1, maximum: 1_000_000 },
      },
      required: ['kind', 'text', 'rounds'],
    },
    {
      properties: { kind: { enum: ['words', 'parse'] }, text: { type: 'string', maxLength: 10_000 } },
      required: ['kind', 'text'],
    },
    {
      properties: { kind: { const: 'sleep' }, millis: { type: 'integer', minimum: 0, maximum: 10_000 } },
      required: ['kind', 'millis'],
    },
  ],
} as const;

const NEW_JOB = {
  type: 'object',
  properties: { tenant: { type: 'string', pattern: '^[\\w-]{1,40}$' }, work: WORK },
  required: ['tenant', 'work'],
} as const;

/** The HTTP API of the server. The same server serves the metrics. */
export function createApi(scheduler: Scheduler, sdk: Sdk, traces: TraceStore): FastifyInstance {
  const api = fastify({ forceCloseConnections: true });

  api.get('/api/v1/metrics', (request, reply) => {
    reply.hijack();
    sdk.handler(request.raw, reply.raw);
  });
  api.get('/health', (request, reply) => {
    reply.hijack();
    sdk.healthHandler(request.raw, reply.raw);
  });

  api.get('/ready', (request, reply) => {
    reply.hijack();
    sdk.readinessHandler(request.raw, reply.raw);
  });
  // The events as they happen, as server-sent events. Each client is a subscriber of every type until it leaves.
  api.get('/api/v1/events', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    reply.raw.flushHeaders();
    const unsubscribe = EVENT_TYPES.map((type) =>
      scheduler.bus.subscribe(
        type,
        (event) => void reply.raw.write(`event: ${type}\ndata: ${JSON.stringify(event)}\n\n`),
      ),
    );
    reply.raw.on('close', () => {
      for (const end of unsubscribe) end();
    });
  });

  api.post<{ Body: { tenant: string; work: Work } }>(
    '/api/v1/jobs',
    { schema: { body: NEW_JOB } },
    (request, reply) => {
      try {
        reply.code(202).send(shown(scheduler.submit(request.body.tenant, request.body.work)));
      } catch (error) {
        if (!(error instanceof QueueFull)) throw error;
        reply.code(503).send({ error: error.message });
      }
    },
  );
  api.get<{ Params: { id: string } }>('/api/v1/jobs/:id', (request, reply) => {
    const job = scheduler.job(request.params.id);
    if (job === undefined) reply.code(404).send({ error: `unknown job ${request.params.id}` });
    else reply.send(shown(job));
  });
  api.delete<{ Params: { id: string } }>('/api/v1/jobs/:id', (request, reply) => {
    const job = scheduler.job(request.params.id);
    if (job === undefined) reply.code(404).send({ error: `unknown job ${request.params.id}` });
    else if (scheduler.cancel(job)) reply.code(204).send();
    else reply.code(409).send({ error: `the job is ${job.status}; only a queued job can be cancelled` });
  });
  // The trace of an exemplar.
  api.get<{ Params: { id: string } }>('/api/v1/traces/:id', (request, reply) => {
    const spans = traces.find(request.params.id);
    if (spans === undefined) reply.code(404).send({ error: `unknown trace ${request.params.id}` });
    else reply.send(spans);
  });
  api.get('/api/v1/cluster', (_request, reply) => {
    reply.send(scheduler.clusterStats());
  });
  api.get('/api/v1/workers', (_request, reply) => {
    reply.send(scheduler.workers.list());
  });
  api.delete<{ Params: { id: string } }>('/api/v1/workers/:id', (request, reply) => {
    if (scheduler.workers.kill(request.params.id)) reply.code(202).send();
    else reply.code(404).send({ error: `unknown worker ${request.params.id}` });
  });
  return api;
}

function shown({ id, tenant, work, status, attempts, result, error }: Job): object {
  return { id, tenant, kind: work.kind, status, attempts, result, error };
}
