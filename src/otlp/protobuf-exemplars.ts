import { type AttributeValue, ValueType } from '@opentelemetry/api';
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE } from '../collection/enums';
import { toNanoseconds } from '../collection/hr-time';
import type { CollectedPoint, Exemplar } from '../collection/points';

// Field numbers and types are those of opentelemetry/proto/metrics/v1/metrics.proto and common/v1/common.proto.

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

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

type Chunks = readonly Uint8Array[];

/**
 * Returns a message in which the contents of one repeated length-delimited field are replaced, as pieces; undefined if
 * nothing is.
 *
 * @param replace returns the new content of the occurrence, or undefined to keep it
 */
function replaceField(
  message: Uint8Array,
  field: number,
  replace: (content: Uint8Array, occurrence: number) => Chunks | undefined,
): Chunks | undefined {
  const chunks: Uint8Array[] = [];
  const wanted = field * 8 + DELIMITED;
  let copied = 0;
  let occurrence = 0;
  let position = 0;
  const readVarint = () => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = message[position++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  };
  while (position < message.length) {
    const start = position;
    const tag = readVarint();
    switch (tag & 7) {
      case VARINT:
        readVarint();
        break;
      case FIXED64:
        position += 8;
        break;
      case FIXED32:
        position += 4;
        break;
      default: {
        const length = readVarint();
        const content = message.subarray(position, position + length);
        position += length;
        const replaced = tag === wanted ? replace(content, occurrence++) : undefined;
        if (replaced === undefined) break;
        const size = replaced.reduce((total, chunk) => total + chunk.length, 0);
        chunks.push(message.subarray(copied, start), varint(wanted), varint(size));
        for (const chunk of replaced) chunks.push(chunk);
        copied = position;
      }
    }
  }
  if (chunks.length === 0) return undefined;
  chunks.push(message.subarray(copied));
  return chunks;
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

// Field numbers below 16 have a tag of one byte.

function text(field: number, value: string): Buffer {
  return delimited(field, Buffer.from(value));
}

function delimited(field: number, content: Uint8Array): Buffer {
  const length = varint(content.length);
  const bytes = Buffer.allocUnsafe(1 + length.length + content.length);
  bytes[0] = field * 8 + DELIMITED;
  bytes.set(length, 1);
  bytes.set(content, 1 + length.length);
  return bytes;
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = field * 8 + FIXED64;
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = field * 8 + FIXED64;
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 1);
  return bytes;
}

/** An `int64` or a `bool`. A negative number has the bits of its two's complement. */
function integer(field: number, value: number): Buffer {
  return Buffer.concat([Buffer.of(field * 8 + VARINT), varint(value < 0 ? BigInt.asUintN(64, BigInt(value)) : value)]);
}

function varint(value: number | bigint): Buffer {
  if (value < 128) return Buffer.of(Number(value));
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
