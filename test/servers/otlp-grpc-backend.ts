import { Server, ServerCredentials } from '@grpc/grpc-js';
import { decodeProtobufRequest, encodeProtobufResponse, type OtlpRequest } from './otlp-messages';

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes);

/** `MetricsService` of opentelemetry/proto/collector/metrics/v1, with messages as bytes. */
const METRICS_SERVICE = {
  Export: {
    path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
    requestStream: false,
    responseStream: false,
    requestSerialize: asBuffer,
    requestDeserialize: asBuffer,
    responseSerialize: asBuffer,
    responseDeserialize: asBuffer,
  },
} as const;

/** A backend on the loopback that speaks OTLP over gRPC and fails on demand. */
export class OtlpGrpcBackend {
  /** The status code of the next answers, 0 for OK. */
  status = 0;
  /** The requests that were accepted, oldest first. */
  readonly accepted: OtlpRequest[] = [];

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  static async start(): Promise<OtlpGrpcBackend> {
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    const backend = new OtlpGrpcBackend(server, port);
    server.addService(METRICS_SERVICE, {
      Export: (call: { request: Buffer }, answer: (error: object | null, response?: Uint8Array) => void) => {
        if (backend.status !== 0) return answer({ code: backend.status, details: 'failed on demand' });
        backend.accepted.push(decodeProtobufRequest(call.request));
        answer(null, encodeProtobufResponse());
      },
    });
    return backend;
  }

  /** For `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. */
  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  stop(): void {
    this.server.forceShutdown();
  }
}
