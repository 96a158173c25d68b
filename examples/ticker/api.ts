import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { type OperationLabel, ticker } from 'meterbridge/systems/ticker';
import { type Controller, Refusal } from './controller';
import type { Command, Worker } from './worker';

const COMMANDS: ReadonlySet<string> = new Set<Command>(['pause', 'resume', 'stop']);
const MAX_STEPS = 10_000;
const MAX_LINES = 1000;

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
    const { blueprint, steps = 10, input = ['0'] } = request.body as Record<string, unknown>;
    if (typeof steps !== 'number' || !Number.isInteger(steps) || steps < 1 || steps > MAX_STEPS) {
      ticker.recordWorkerOperation('worker_start', 'error');
      response.status(400).json({ error: `invalid steps: expected an integer from 1 to ${MAX_STEPS}` });
      return;
    }
    if (!isInput(input)) {
      ticker.recordWorkerOperation('worker_start', 'error');
      response.status(400).json({ error: `invalid input: expected a list of 1 to ${MAX_LINES} lines` });
      return;
    }
    try {
      const worker = controller.startWorker(String(request.params.shard), String(blueprint), steps, input);
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

  api.post('/subscribers', (request, response) => {
    const { url } = request.body as { url?: unknown };
    if (typeof url !== 'string' || !URL.canParse(url)) response.status(400).json({ error: 'invalid url' });
    else if (controller.subscribers.add(url)) response.status(201).json({ url });
    else response.status(429).json({ error: 'the maximum number of subscribers is reached' });
  });
  api.delete('/subscribers', (request, response) => {
    const found = controller.subscribers.remove(String((request.body as { url?: unknown }).url));
    response.status(found ? 204 : 404).end();
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

function isInput(value: unknown): value is readonly string[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MAX_LINES;
  return isList && value.every((line) => typeof line === 'string');
}

function shown({ id, shard, blueprint, status, done, steps }: Worker): object {
  return { id, shard, blueprint, status, done, steps };
}
