import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import express from 'express';
import prometheusBundle from 'express-prom-bundle';
import fastify, { type FastifyInstance } from 'fastify';
import fastifyMetrics from 'fastify-metrics';
import { type HttpOptions, start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { Counter, Histogram, Registry } from 'prom-client';

/** A server that does nothing else but answer, measured or not. */
export interface Contender {
  readonly name: string;
  /** The framework. The contender without measurement is the first of each. */
  readonly server: 'node:http' | 'express' | 'fastify';
  listen(): Promise<number>;
}

export const CONTENDERS: readonly Contender[] = [
  { name: 'nothing', server: 'node:http', listen: () => listen(createServer(answer)) },
  ours('meterbridge', {}),
  ours('meterbridge, without semantic conventions', { semconv: false }),
  ours('meterbridge, source instrumentation', { source: 'instrumentation' }),
  { name: '@opentelemetry/instrumentation-http', server: 'node:http', listen: listenStock },
  { name: 'prom-client, by hand, without routes', server: 'node:http', listen: () => listen(createServer(byHand())) },
  { name: 'nothing', server: 'express', listen: () => listenExpress() },
  { name: 'meterbridge', server: 'express', listen: () => measured({}, () => listenExpress()) },
  { name: 'express-prom-bundle', server: 'express', listen: listenBundle },
  { name: 'nothing', server: 'fastify', listen: () => listenFastify() },
  { name: 'meterbridge', server: 'fastify', listen: () => measured({}, () => listenFastify()) },
  { name: 'fastify-metrics', server: 'fastify', listen: () => listenFastify((app) => app.register(fastifyMetrics)) },
];

function ours(name: string, http: HttpOptions): Contender {
  return { name, server: 'node:http', listen: () => measured(http, () => listen(createServer(answer))) };
}

async function measured(http: HttpOptions, serve: () => Promise<number>): Promise<number> {
  await start({ systems: [hodei], prometheus: { server: false }, hostMetrics: false, shutdownOnExit: false, http });
  return serve();
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

const answer: RequestListener = (_request, response) => {
  response.end('ok');
};

function listenStock(): Promise<number> {
  const instrumentation = new HttpInstrumentation();
  instrumentation.setMeterProvider(new MeterProvider());
  require('node:http');
  return listen(createServer(answer));
}

/** The duration and the number of requests, as the documentation of prom-client shows. */
function byHand(): RequestListener {
  const registers = [new Registry()];
  const labelNames = ['method', 'status'] as const;
  const requests = new Counter({ name: 'requests_total', help: 'Requests', labelNames, registers });
  const seconds = new Histogram({ name: 'request_seconds', help: 'Seconds', labelNames, registers });
  return (request, response) => {
    const stop = seconds.startTimer();
    response.on('finish', () => {
      const labels = { method: request.method ?? '', status: response.statusCode };
      requests.inc(labels);
      stop(labels);
    });
    answer(request, response);
  };
}

function listenExpress(middleware: readonly express.RequestHandler[] = []): Promise<number> {
  const app = express();
  for (const each of middleware) app.use(each);
  app.get('/users/:id', (_request, response) => {
    response.end('ok');
  });
  return listen(createServer(app));
}

function listenBundle(): Promise<number> {
  // Without its own option, the path of the request is the label, whose identifiers are replaced by a guess.
  const bundle = prometheusBundle({ includeMethod: true, includePath: true, normalizePath: () => '/users/:id' });
  return listenExpress([bundle]);
}

async function listenFastify(prepare: (app: FastifyInstance) => unknown = () => {}): Promise<number> {
  const app = fastify();
  await prepare(app);
  app.get('/users/:id', async () => 'ok');
  await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}
