import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ExportResult } from '@opentelemetry/core';
import type { IOtlpExportDelegate } from '@opentelemetry/otlp-exporter-base';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { errorMessage } from '../issues';
import { describeError } from './outage';
import type { OtlpProtocol } from './protocols';
import { type PushExporter, RefusedError } from './push-exporter';
import { createJsonSerializer, createProtobufSerializer, type MetricsSerializer } from './serializers';

/** The optional package that sends over gRPC, of the release that the other packages belong to. */
export const GRPC_PACKAGE = '@opentelemetry/otlp-grpc-exporter-base@0.223.0';

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
export function createOtlpExporter(protocol: OtlpProtocol, timeoutMillis: number): PushExporter {
  return new OtlpExporter(`otlp, ${protocol}`, createDelegateFactory(protocol), timeoutMillis);
}

function createDelegateFactory(protocol: OtlpProtocol): DelegateFactory {
  const transformer: typeof import('@opentelemetry/otlp-transformer') = require('@opentelemetry/otlp-transformer');
  switch (protocol) {
    case 'http/protobuf':
      return createHttpDelegateFactory('application/x-protobuf', createProtobufSerializer(transformer));
    case 'http/json':
      return createHttpDelegateFactory('application/json', createJsonSerializer(transformer));
    case 'grpc':
      return createGrpcDelegateFactory(createProtobufSerializer(transformer));
  }
}

/** Stock exporters can measure themselves; with no MeterProvider given they do not, so these only name the kind of exporter. */
const HTTP_COMPONENT = 'otlp_http_metric_exporter';
const GRPC_COMPONENT = 'otlp_grpc_metric_exporter';
const ITEMS = { name: 'metric_data_point', countItems: () => 0 } as const;

function createHttpDelegateFactory(contentType: string, serializer: MetricsSerializer): DelegateFactory {
  const base: typeof import('@opentelemetry/otlp-exporter-base/node-http') =
    require('@opentelemetry/otlp-exporter-base/node-http');
  const options = base.convertLegacyHttpOptions({}, 'METRICS', 'v1/metrics', { 'Content-Type': contentType });
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

function createGrpcDelegateFactory(serializer: MetricsSerializer): DelegateFactory {
  const base = loadGrpcExporterBase();
  const options = base.convertLegacyOtlpGrpcOptions({}, 'METRICS');
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
  let base: GrpcExporterBase;
  try {
    // A literal in a try block: bundlers include the package if it is installed, and warn at most if it is not.
    base = require('@opentelemetry/otlp-grpc-exporter-base') as GrpcExporterBase;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
    throw new MissingPackageError(`${isMissing ? '' : `${errorMessage(error)}; `}run "npm install ${GRPC_PACKAGE}"`);
  }
  // Older releases have no parameters for the exporter's own metrics.
  if (base.createOtlpGrpcExportDelegate.length >= 7) return base;
  throw new MissingPackageError(`the installed version is too old; run "npm install ${GRPC_PACKAGE}"`);
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
