import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import {
  decodeJsonRequest,
  decodeProtobufRequest,
  encodeProtobufResponse,
  listMetrics,
  type OtlpMetric,
  type OtlpPoint,
  type OtlpRequest,
} from './otlp-messages';

/** How the backend treats the next requests. */
export type Answer = number | 'reset' | 'hang' | 'partial' | 'garbage';

/** A backend on the loopback that speaks OTLP over HTTP, counts what it accepts, and fails on demand. */
export class OtlpBackend {
  /**
   * 200 by default. A status other than 200 refuses the request and asks for no retry within an hour; `reset` closes the
   * connection; `hang` never answers.
   */
  answer: Answer = 200;
  /** The requests that were accepted, oldest first. */
  readonly accepted: OtlpRequest[] = [];
  /** The headers of all requests. */
  readonly headers: IncomingMessage['headers'][] = [];
  private waiting: (() => void)[] = [];

  private constructor(private readonly server: Server) {}

  /** @param port 0 lets the system choose */
  static async start(port = 0): Promise<OtlpBackend> {
    const server = createServer();
    const backend = new OtlpBackend(server);
    server.on('request', (request, response) => backend.handle(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return backend;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** For `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.port}/v1/metrics`;
  }

  /** The variables that make an app export here. */
  get environment(): Record<string, string> {
    return {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: this.endpoint,
    };
  }

  /** Resolves when the next request has arrived, whatever the answer is. */
  nextRequest(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Returns the streams of a metric that were accepted, oldest first. */
  find(name: string): OtlpMetric[] {
    return this.accepted.flatMap(listMetrics).filter((metric) => metric.name === name);
  }

  /** Returns all points of a metric that were accepted, oldest first. */
  points(name: string): OtlpPoint[] {
    return this.find(name).flatMap(
      ({ sum, gauge, histogram, exponentialHistogram }) =>
        (sum ?? gauge ?? histogram ?? exponentialHistogram)?.dataPoints ?? [],
    );
  }

  /** Returns the value of a sum's series as it was accepted last. The attributes are strings. */
  lastValue(name: string, attributes: Readonly<Record<string, string>>): number | undefined {
    const wanted = Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
    const point = this.points(name).findLast((each) => isDeepStrictEqual(each.attributes ?? [], wanted));
    return point?.asDouble ?? point?.asInt;
  }

  /** Returns the total of a metric's deltas that were accepted: of the values of a sum, of the counts of a histogram. */
  total(name: string): number {
    return this.points(name).reduce(
      (total, { asDouble, asInt, count }) => total + (asDouble ?? asInt ?? count ?? 0),
      0,
    );
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.headers.push(request.headers);
    const { answer } = this;
    for (const resolve of this.waiting.splice(0)) resolve();
    if (answer === 'hang') return;
    if (answer === 'reset') {
      request.socket.destroy();
      return;
    }
    if (typeof answer === 'number' && answer !== 200) {
      response.writeHead(answer, { 'retry-after': '3600' }).end();
      return;
    }
    const body = Buffer.concat(chunks);
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const isJson = request.headers['content-type'] === 'application/json';
    this.accepted.push(isJson ? decodeJsonRequest(bytes) : decodeProtobufRequest(bytes));
    response.writeHead(200, { 'content-type': request.headers['content-type'] as string });
    if (answer === 'garbage') response.end(isJson ? '<html>' : Buffer.from([0xff, 0xff, 0xff]));
    else if (isJson) response.end(answer === 'partial' ? '{"partialSuccess":{"rejectedDataPoints":"3"}}' : '{}');
    else response.end(encodeProtobufResponse(answer === 'partial' ? 3 : undefined));
  }
}
