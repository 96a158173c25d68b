import { type AttributeValue, ValueType } from '@opentelemetry/api';
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE } from '../collection/enums';
import { toNanoseconds } from '../collection/hr-time';
import type { CollectedPoint, Exemplar } from '../collection/points';
import { type Chunks, delimited, double, fixed64, integer, replaceField, text } from './protobuf-message';

// Field numbers and types are those of opentelemetry/proto/metrics/v1/metrics.proto and common/v1/common.proto.

/** The field of `Metric` that holds the data, and the field of its data point message that holds the exemplars. */
const FIELDS: Readonly<Record<MetricData['dataPointType'], { readonly data: number; readonly exemplars: number }>> = {
  [DATA_POINT_TYPE.GAUGE]: { data: 5, exemplars: 5 },
  [DATA_POINT_TYPE.SUM]: { data: 7, exemplars: 5 },
  [DATA_POINT_TYPE.HISTOGRAM]: { data: 9, exemplars: 8 },
  [DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM]: { data: 10, exemplars: 11 },
};

/**
 * Returns an `ExportMetricsServiceRequest` with the exemplars of the metrics that it was serialized from, which the stock
 * serializer leaves out. Everything else stays as it is.
 */
export function addProtobufExemplars(request: Uint8Array, { scopeMetrics }: ResourceMetrics): Uint8Array {
  const chunks = replaceField(request, 1, (resource) =>
    replaceField(resource, 2, (scope, i) =>
      replaceField(scope, 2, (metric, j) => {
        const data = scopeMetrics[i]?.metrics[j];
        return data?.dataPoints.some(hasExemplars) === true ? addToMetric(metric, data) : undefined;
      }),
    ),
  );
  return chunks === undefined ? request : Buffer.concat(chunks);
}

export function hasExemplars({ exemplars }: CollectedPoint): boolean {
  return exemplars !== undefined && exemplars.length > 0;
}

function addToMetric(metric: Uint8Array, { descriptor, dataPointType, dataPoints }: MetricData): Chunks | undefined {
  const fields = FIELDS[dataPointType];
  const isInteger = descriptor.valueType === ValueType.INT;
  return replaceField(metric, fields.data, (data) =>
    replaceField(data, 1, (point, i) => {
      const { exemplars = [] } = dataPoints[i] as CollectedPoint;
      if (exemplars.length === 0) return undefined;
      return [point, ...exemplars.map((exemplar) => delimited(fields.exemplars, encodeExemplar(exemplar, isInteger)))];
    }),
  );
}

function encodeExemplar(
  { value, timestamp, traceId, spanId, filteredAttributes }: Exemplar,
  isInteger: boolean,
): Buffer {
  const fields = [
    fixed64(2, toNanoseconds(timestamp)),
    isInteger && Number.isSafeInteger(value) ? fixed64(6, BigInt(value)) : double(3, value),
  ];
  if (spanId !== undefined) fields.push(delimited(4, Buffer.from(spanId, 'hex')));
  if (traceId !== undefined) fields.push(delimited(5, Buffer.from(traceId, 'hex')));
  for (const name of Object.keys(filteredAttributes)) {
    const attribute = [text(1, name), delimited(2, encodeValue(filteredAttributes[name]))];
    fields.push(delimited(7, Buffer.concat(attribute)));
  }
  return Buffer.concat(fields);
}

/** Encodes an `AnyValue`. One that is not set, which an attribute of undefined is, is empty. */
function encodeValue(value: AttributeValue | null | undefined): Buffer {
  if (typeof value === 'string') return text(1, value);
  if (typeof value === 'boolean') return integer(2, value ? 1 : 0);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? integer(3, value) : double(4, value);
  if (!Array.isArray(value)) return Buffer.alloc(0);
  const items = (value as AttributeValue[]).map((item) => delimited(1, encodeValue(item)));
  return delimited(5, Buffer.concat(items));
}
