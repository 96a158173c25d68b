import { readFileSync } from 'node:fs';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ExportResult } from '@opentelemetry/core';
import type {
  CompressionAlgorithm,
  IOtlpExportDelegate,
  OTLPExporterNodeConfigBase,
} from '@opentelemetry/otlp-exporter-base';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { errorMessage } from '../issues';
import { describeError } from './outage';
import type { OtlpProtocol } from './protocols';
import { type PushExporter, RefusedError } from './push-exporter';
import { createJsonSerializer, createProtobufSerializer, type MetricsSerializer } from './serializers';

/** The optional package that sends over gRPC, of the release that the other packages belong to. */
export const GRPC_PACKAGE = '@opentelemetry/otlp-grpc-exporter-base@0.223.0';

/** How an exporter connects, where `OTEL_EXPORTER_OTLP_*` does not say it. */
export interface OtlpConnection {
  /** The URL of the backend, with the path of the signal for HTTP. */
  readonly url: string;
  /** Milliseconds that one request may take, above 0. */
  readonly timeoutMillis: number;
  readonly compression: 'none' | 'gzip';
  /** For HTTP. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Files in PEM format, for HTTP. */
  readonly tls?:
    | {
        readonly caFile?: string | undefined;
        readonly keyFile?: string | undefined;
        readonly certFile?: string | undefined;
      }
    | undefined;
}

type Delegate = IOtlpExportDelegate<ResourceMetrics>;

interface DelegateFactory {
  /** The timeout of one export that is configured in the environment, in milliseconds. */
  readonly timeoutMillis: number;
  /** Returns a delegate whose exports, retries included, end after a time in milliseconds. */
  create(timeoutMillis: number): Delegate;
  /** Closes connections that no delegate uses any longer. */
  close?(): Promise<void>;
}

/**
 * Sends metrics over OTLP through the delegates of the stock exporters, with serializers that write exemplars. Endpoint,
 * headers, compression, certificates and timeout are read from `OTEL_EXPORTER_OTLP_*` by the stock packages (OTLP Exporter
 * Configuration specification), which also retry transient failures until the timeout.
 *
 * @param timeoutMillis the longest time of one export, in milliseconds; `OTEL_EXPORTER_OTLP_TIMEOUT` applies if it is shorter
 * @throws Error if the package of the protocol cannot be loaded
 */
export function createOtlpExporter(
  protocol: OtlpProtocol,
  timeoutMillis: number,
  connection?: OtlpConnection,
): PushExporter {
  return new OtlpExporter(`otlp, ${protocol}`, createDelegateFactory(protocol, connection), timeoutMillis);
}

function createDelegateFactory(protocol: OtlpProtocol, connection: OtlpConnection | undefined): DelegateFactory {
  const transformer: typeof import('@opentelemetry/otlp-transformer') = require('@opentelemetry/otlp-transformer');
  switch (protocol) {
    case 'http/protobuf':
      return createHttpDelegateFactory('application/x-protobuf', createProtobufSerializer(transformer), connection);
    case 'http/json':
      return createHttpDelegateFactory('application/json', createJsonSerializer(transformer), connection);
    case 'grpc':
      return createGrpcDelegateFactory(createProtobufSerializer(transformer), connection);
  }
}

/** Stock exporters can measure themselves; with no MeterProvider given they do not, so these only name the kind of exporter. */
const HTTP_COMPONENT = 'otlp_http_metric_exporter';
const GRPC_COMPONENT = 'otlp_grpc_metric_exporter';
const ITEMS = { name: 'metric_data_point', countItems: () => 0 } as const;

function createHttpDelegateFactory(
  contentType: string,
  serializer: MetricsSerializer,
  connection: OtlpConnection | undefined,
): DelegateFactory {
  const base: typeof import('@opentelemetry/otlp-exporter-base/node-http') =
    require('@opentelemetry/otlp-exporter-base/node-http');
  const options = base.convertLegacyHttpOptions(httpConfiguration(connection), 'METRICS', 'v1/metrics', {
    'Content-Type': contentType,
  });
  // Delegates with different timeouts share one agent and its connections.
  let agent: ReturnType<typeof options.agentFactory> | undefined;
  const agentFactory: typeof options.agentFactory = (protocol) => {
    agent ??= options.agentFactory(protocol);
    return agent;
  };
  return {
    timeoutMillis: options.timeoutMillis,
    create: (timeoutMillis) =>
      base.createOtlpHttpExportDelegate(
        { ...options, agentFactory, timeoutMillis },
        serializer,
        HTTP_COMPONENT,
        ITEMS,
        undefined,
      ),
    close: async () => (await agent)?.destroy(),
  };
}

/** Returns the configuration as the stock exporters take it. Without a connection they read all of it from the environment. */
function httpConfiguration(connection: OtlpConnection | undefined): OTLPExporterNodeConfigBase {
  if (connection === undefined) return {};
  const { url, timeoutMillis, compression, headers = {}, tls = {} } = connection;
  const read = (file: string | undefined) => (file === undefined ? undefined : readFileSync(file));
  const pem = { ca: read(tls.caFile), key: read(tls.keyFile), cert: read(tls.certFile) };
  const isSecured = Object.values(pem).some((content) => content !== undefined);
  return {
    url,
    timeoutMillis,
    compression: compression as CompressionAlgorithm,
    headers: { ...headers },
    ...(isSecured ? { httpAgentOptions: pem } : {}),
  };
}

/** The package of {@link GRPC_PACKAGE} is not installed, or its version is not supported. */
export class MissingPackageError extends Error {
  override readonly name = 'MissingPackageError';
}

/** What this file uses of {@link GRPC_PACKAGE}. */
interface GrpcExporterBase {
  convertLegacyOtlpGrpcOptions(config: object, signal: 'METRICS'): { readonly timeoutMillis: number };
  createOtlpGrpcExportDelegate(
    options: { readonly timeoutMillis: number },
    serializer: MetricsSerializer,
    componentType: string,
    items: typeof ITEMS,
    meterProvider: undefined,
    service: string,
    path: string,
  ): Delegate;
}

function createGrpcDelegateFactory(
  serializer: MetricsSerializer,
  connection: OtlpConnection | undefined,
): DelegateFactory {
  const base = loadGrpcExporterBase();
  const options = base.convertLegacyOtlpGrpcOptions(connection ?? {}, 'METRICS');
  return {
    timeoutMillis: options.timeoutMillis,
    create: (timeoutMillis) =>
      base.createOtlpGrpcExportDelegate(
        { ...options, timeoutMillis },
        serializer,
        GRPC_COMPONENT,
        ITEMS,
        undefined,
        'MetricsExportService',
        '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      ),
  };
}

function loadGrpcExporterBase(): GrpcExporterBase {
  let base: Partial<GrpcExporterBase> | undefined;
  let reason = '';
  try {
    // A literal in a try block: bundlers include the package if it is installed, and warn at most if it is not.
    base = require('@opentelemetry/otlp-grpc-exporter-base') as GrpcExporterBase | undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') reason = `${errorMessage(error)}; `;
  }
  const { length: parameters } = base?.createOtlpGrpcExportDelegate ?? [];
  // Older releases have no parameters for the exporter's own metrics.
  if (parameters >= 7) return base as GrpcExporterBase;
  if (parameters > 0) reason = 'the installed version is too old; ';
  throw new MissingPackageError(`${reason}run "npm install ${GRPC_PACKAGE}"`);
}

class OtlpExporter implements PushExporter {
  private readonly delegate: Delegate;
  private readonly timeoutMillis: number;

  constructor(
    readonly name: string,
    private readonly delegates: DelegateFactory,
    timeoutMillis: number,
  ) {
    this.timeoutMillis = Math.min(timeoutMillis, delegates.timeoutMillis);
    this.delegate = delegates.create(this.timeoutMillis);
  }

  async export(metrics: ResourceMetrics, timeoutMillis: number): Promise<void> {
    // The timeout of a delegate is fixed. Where clearly less time is left, as at shutdown, the export has a delegate of its
    // own, so that no retry keeps the process alive for longer.
    if (timeoutMillis > this.timeoutMillis * 0.9) return send(this.delegate, metrics);
    const delegate = this.delegates.create(timeoutMillis);
    try {
      await send(delegate, metrics);
    } finally {
      await delegate.shutdown();
    }
  }

  async shutdown(): Promise<void> {
    await this.delegate.shutdown();
    await this.delegates.close?.();
  }
}

/** What an exporter answers on success (`ExportResultCode.SUCCESS` of `@opentelemetry/core`). */
const SUCCESS = 0;

/** Sends metrics. Requests are neither traced nor measured by instrumentations of the app. */
function send(delegate: Delegate, metrics: ResourceMetrics): Promise<void> {
  const { suppressTracing }: typeof import('@opentelemetry/core') = require('@opentelemetry/core');
  return new Promise((resolve, reject) => {
    const onResult = ({ code, error = new Error('the exporter gives no reason') }: ExportResult) => {
      if (code === SUCCESS) resolve();
      else reject(isRefusal(error) ? new RefusedError(`${describeError(error)} (the metrics are dropped)`) : error);
    };
    try {
      context.with(suppressTracing(ROOT_CONTEXT), () => delegate.export(metrics, onResult));
    } catch (error) {
      reject(new RefusedError(`${describeError(error)} (metrics that cannot be serialized are dropped)`));
    }
  });
}

/**
 * Status codes that are a verdict on the data, so that they would also spoil the next export: HTTP 400 Bad Request and 413
 * Content Too Large, gRPC INVALID_ARGUMENT. Others, such as 401 or 404, can be put right while the data are kept.
 */
const REFUSALS: ReadonlySet<unknown> = new Set([400, 413, 3]);

function isRefusal(error: Error): boolean {
  return REFUSALS.has((error as { code?: unknown }).code);
}
