import type { ISerializer } from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import { addJsonExemplars } from './json-exemplars';
import { addJsonSummaries } from './json-summaries';
import { addProtobufExemplars, hasExemplars } from './protobuf-exemplars';
import { addProtobufSummaries } from './protobuf-summaries';
import { substituteSummaries } from './summaries';

/** The serializer of an exporter. Responses are reported here, so that there is nothing left for the exporter to log. */
export type MetricsSerializer = ISerializer<ResourceMetrics, Record<string, never>>;

/** The serializers of `@opentelemetry/otlp-transformer`. */
type Transformer = typeof import('@opentelemetry/otlp-transformer');

/** Serializes as the stock serializer does, byte for byte, and adds exemplars and summaries, for which it has no field. */
export function createProtobufSerializer({ ProtobufMetricsSerializer }: Transformer): MetricsSerializer {
  return {
    serializeRequest: (given) => {
      const { metrics, summaries } = substituteSummaries(given) ?? { metrics: given };
      let request = ProtobufMetricsSerializer.serializeRequest(metrics);
      if (request === undefined) return undefined;
      if (containsExemplars(metrics)) request = addProtobufExemplars(request, metrics);
      return summaries === undefined ? request : addProtobufSummaries(request, summaries);
    },
    deserializeResponse: (response) =>
      reportResponse(() => ProtobufMetricsSerializer.deserializeResponse(response).partialSuccess),
  };
}

/** Serializes as the stock serializer does, byte for byte, and adds exemplars and summaries, for which it has no field. */
export function createJsonSerializer({ JsonMetricsSerializer }: Transformer): MetricsSerializer {
  return {
    serializeRequest: (given) => {
      const { metrics, summaries } = substituteSummaries(given) ?? { metrics: given };
      let request = JsonMetricsSerializer.serializeRequest(metrics);
      if (request === undefined) return undefined;
      if (containsExemplars(metrics)) request = addJsonExemplars(request, metrics);
      return summaries === undefined ? request : addJsonSummaries(request, summaries);
    },
    deserializeResponse: (response) =>
      reportResponse(() => {
        if (response.length === 0) return undefined;
        return (JSON.parse(Buffer.from(response).toString()) as { partialSuccess?: PartialSuccess }).partialSuccess;
      }),
  };
}

function containsExemplars({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) => metrics.some(({ dataPoints }) => dataPoints.some(hasExemplars)));
}

interface PartialSuccess {
  readonly rejectedDataPoints?: number | string;
  readonly errorMessage?: string;
}

/** Reports a partial success, and an answer that cannot be read, once. The data are accepted: they are not sent again. */
function reportResponse(read: () => PartialSuccess | undefined | null): Record<string, never> {
  try {
    const { rejectedDataPoints = 0, errorMessage = '' } = read() ?? {};
    if (Number(rejectedDataPoints) > 0) {
      report('export', `the backend rejected ${rejectedDataPoints} data points: ${errorMessage}`, 'partial success');
    } else if (errorMessage !== '') {
      report('export', `the backend warns: ${errorMessage}`, 'partial success');
    }
  } catch (error) {
    report(
      'export',
      `the backend accepted metrics with an answer that is not OTLP: ${errorMessage(error)}`,
      'response',
    );
  }
  return {};
}
