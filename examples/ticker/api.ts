import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { type OperationLabel, ticker } from 'meterbridge/systems/ticker';
import { type Controller, Refusal } from './controller';
import type { Command, Worker } from './worker';

const COMMANDS: ReadonlySet<string> = new Set<Command>(['pause', 'resume', 'stop']);
const MAX_STEPS = 10_000;

/** The HTTP API. Requests that change workers need the token; others do not. */
export function createApi(controller: Controller, token: string): Express {
  const api = express();
  api.use(express.json({ limit: '10kb' }));

  api.get('/shards', (_request, response) => {
    response.json(controller.shardIds());
  });
  api.post('/shards', (request, response) => {
    const { id } = request.body as { id?: unknown };
    if (typeof id !== 'string' || !/^[\w-]{1,40}$/.test(id)) {
      response.status(400).json({ error: 'invalid id: expected 1 to 40 letters, digits, hyphens or underscores' });
      return;
    }
    controller.addShard(id);
    response.status(201).json({ id });
  });
  api.get('/shards/:shard', (request, response) => {
    const { id, workers } = controller.shard(request.params.shard);
    response.json({ id, workers: [...workers.values()].map(shown) });
  });
  api.delete('/shards/:shard', (request, response) => {
    controller.removeShard(request.params.shard);
    response.status(204).end();
  });

  api.post('/shards/:shard/workers', authorized('worker_start', token), (request, response) => {
    const { blueprint, steps = 10 } = request.body as { blueprint?: unknown; steps?: unknown };
    if (typeof steps !== 'number' || !Number.isInteger(steps) || steps < 1 || steps > MAX_STEPS) {
      ticker.recordWorkerOperation('worker_start', 'error');
      response.status(400).json({ error: `invalid steps: expected an integer from 1 to ${MAX_STEPS}` });
      return;
    }
    try {
      const worker = controller.startWorker(String(request.params.shard), String(blueprint), steps);
      ticker.recordWorkerOperation('worker_start', 'success');
      response.status(201).json(shown(worker));
    } catch (error) {
      ticker.recordWorkerOperation('worker_start', 'error');
      throw error;
    }
  });
  api.get('/workers/:worker', (request, response) => {
    response.json(shown(controller.worker(request.params.worker)));
  });
  api.post('/workers/:worker/:command', authorized('command', token), (request, response) => {
    const { worker, command } = request.params;
    if (!COMMANDS.has(String(command))) {
      response.status(404).json({ error: `invalid command ${command}: expected one of ${[...COMMANDS].join(', ')}` });
      return;
    }
    response.status(202).json(shown(controller.command(String(worker), command as Command)));
  });

  api.use(refused);
  return api;
}

/** Accepts only requests with the token. Others count as unauthorized attempts of the operation. */
function authorized(operation: OperationLabel, token: string): RequestHandler {
  return (request, response, next) => {
    if (request.get('authorization') === `Bearer ${token}`) {
      next();
      return;
    }
    ticker.recordWorkerOperation(operation, 'unauthorized');
    response.status(401).json({ error: 'unauthorized: send the token as Authorization: Bearer' });
  };
}

const refused: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (error instanceof Refusal) response.status(error.status).json({ error: error.message });
  else if (error instanceof RangeError) response.status(400).json({ error: error.message });
  else next(error);
};

function shown({ id, shard, blueprint, status, done, steps }: Worker): object {
  return { id, shard, blueprint, status, done, steps };
}
