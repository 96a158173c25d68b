import { type AttributeValue, ValueType } from '@opentelemetry/api';
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE } from '../collection/enums';
import { toNanoseconds } from '../collection/hr-time';
import type { CollectedPoint, Exemplar } from '../collection/points';
import { encodeJsonDouble, parseJsonRequest } from './json-request';

/** The field of a metric in OTLP JSON that holds the data. */
const FIELDS: Readonly<Record<MetricData['dataPointType'], 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram'>> = {
  [DATA_POINT_TYPE.GAUGE]: 'gauge',
  [DATA_POINT_TYPE.SUM]: 'sum',
  [DATA_POINT_TYPE.HISTOGRAM]: 'histogram',
  [DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM]: 'exponentialHistogram',
};

/**
 * Returns an `ExportMetricsServiceRequest` in JSON with the exemplars of the metrics that it was serialized from, which the
 * stock serializer leaves out (OTLP specification, JSON Protobuf Encoding). Everything else stays as it is.
 */
export function addJsonExemplars(request: Uint8Array, { scopeMetrics }: ResourceMetrics): Uint8Array {
  const json = parseJsonRequest(request);
  scopeMetrics.forEach(({ metrics }, i) => {
    metrics.forEach(({ descriptor, dataPointType, dataPoints }, j) => {
      const data = json.resourceMetrics[0]?.scopeMetrics[i]?.metrics[j]?.[FIELDS[dataPointType]];
      const isInteger = descriptor.valueType === ValueType.INT;
      dataPoints.forEach(({ exemplars = [] }: CollectedPoint, k) => {
        const point = data?.dataPoints[k];
        if (point === undefined || exemplars.length === 0) return;
        point.exemplars = exemplars.map((exemplar) => encodeExemplar(exemplar, isInteger));
      });
    });
  });
  return Buffer.from(JSON.stringify(json));
}

function encodeExemplar(
  { value, timestamp, traceId, spanId, filteredAttributes }: Exemplar,
  isInteger: boolean,
): object {
  return {
    filteredAttributes: Object.entries(filteredAttributes).map(([key, attribute]) => ({
      key,
      value: encodeValue(attribute),
    })),
    timeUnixNano: String(toNanoseconds(timestamp)),
    ...(isInteger && Number.isSafeInteger(value) ? { asInt: value } : { asDouble: encodeJsonDouble(value) }),
    ...(spanId === undefined ? {} : { spanId }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}

/** Encodes an `AnyValue`. One that is not set, which an attribute of undefined is, is empty. */
function encodeValue(value: AttributeValue | null | undefined): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: value } : { doubleValue: encodeJsonDouble(value) };
  }
  if (!Array.isArray(value)) return {};
  return { arrayValue: { values: (value as AttributeValue[]).map(encodeValue) } };
}
