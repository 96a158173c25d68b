import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface JsonPoint {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
  readonly asDouble?: number;
  readonly asInt?: number | string;
}

interface JsonRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly sum?: { readonly dataPoints: readonly JsonPoint[] };
      }[];
    }[];
  }[];
}

/** A backend that takes metrics over OTLP as http/json, and that can stop answering. */
export class OtlpBackend {
  /** The value of each series of a sum, as it was received last: `name{label="value"}` to value. */
  readonly sums = new Map<string, number>();
  /** How many exports have arrived, answered or not. */
  exports = 0;
  /** Whether exports are answered. */
  answers = true;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpBackend> {
    const server = createServer();
    const backend = new OtlpBackend(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => backend.receive(JSON.parse(Buffer.concat(chunks).toString()), response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return backend;
  }

  /** The variables that make an app export here. */
  get environment(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return {
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    };
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private receive({ resourceMetrics }: JsonRequest, response: ServerResponse): void {
    this.exports++;
    for (const { scopeMetrics } of resourceMetrics) {
      for (const { name, sum } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
        for (const { attributes, asDouble, asInt } of sum?.dataPoints ?? []) {
          const labels = attributes.map(({ key, value }) => `${key}="${value.stringValue}"`).join(',');
          this.sums.set(`${name}{${labels}}`, Number(asDouble ?? asInt));
        }
      }
    }
    if (this.answers) response.setHeader('content-type', 'application/json').end('{}');
  }
}
