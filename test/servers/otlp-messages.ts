import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

const { root } = protobuf.parse(readFileSync(join(__dirname, 'otlp-metrics.proto'), 'utf8'));
const Request = root.lookupType('otlp.ExportMetricsServiceRequest');
const Response = root.lookupType('otlp.ExportMetricsServiceResponse');

export interface OtlpAttribute {
  readonly key?: string;
  readonly value: object;
}

export interface OtlpExemplar {
  readonly filteredAttributes?: readonly OtlpAttribute[];
  readonly timeUnixNano?: string;
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly spanId?: string;
  readonly traceId?: string;
}

export interface OtlpBuckets {
  readonly offset?: number;
  readonly bucketCounts?: readonly number[];
}

/** A data point of any kind. Fields of the default value may be absent. */
export interface OtlpPoint {
  readonly attributes?: readonly OtlpAttribute[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
  readonly scale?: number;
  readonly zeroCount?: number;
  readonly positive?: OtlpBuckets;
  readonly negative?: OtlpBuckets;
  readonly exemplars?: readonly OtlpExemplar[];
  readonly quantileValues?: readonly { readonly quantile?: number; readonly value?: number }[];
}

export interface OtlpData {
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
  readonly dataPoints?: readonly OtlpPoint[];
}

export interface OtlpMetric {
  readonly name: string;
  readonly gauge?: OtlpData;
  readonly sum?: OtlpData;
  readonly histogram?: OtlpData;
  readonly exponentialHistogram?: OtlpData;
  readonly summary?: OtlpData;
}

/** An export request. Integers are numbers, times are strings, and trace and span identifiers hexadecimal. */
export interface OtlpRequest {
  readonly resourceMetrics: readonly {
    readonly resource?: { readonly attributes?: readonly OtlpAttribute[] };
    readonly scopeMetrics?: readonly { readonly metrics?: readonly OtlpMetric[] }[];
  }[];
}

/** Decodes a request in protobuf with protobufjs, which the exporters do not use. Throws if it is not valid. */
export function decodeProtobufRequest(bytes: Uint8Array): OtlpRequest {
  const message = Request.decode(bytes);
  return normalize(Request.toObject(message, { longs: String })) as OtlpRequest;
}

export function decodeJsonRequest(bytes: Uint8Array): OtlpRequest {
  return normalize(JSON.parse(Buffer.from(bytes).toString())) as OtlpRequest;
}

/** Returns the metrics of a request, without their resource and scope. */
export function listMetrics({ resourceMetrics }: OtlpRequest): OtlpMetric[] {
  return resourceMetrics.flatMap(({ scopeMetrics = [] }) => scopeMetrics.flatMap(({ metrics = [] }) => metrics));
}

/** Returns a response in protobuf, with a partial success if rejected points are given. */
export function encodeProtobufResponse(rejectedDataPoints?: number): Uint8Array {
  const partialSuccess = { rejectedDataPoints, errorMessage: 'too old' };
  return Response.encode(rejectedDataPoints === undefined ? {} : { partialSuccess }).finish();
}

const INTEGERS = new Set(['asInt', 'intValue', 'count', 'zeroCount', 'bucketCounts', 'offset', 'scale']);

function normalize(value: unknown, key = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map((item) => normalize(item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalize(item, name)]));
  }
  return INTEGERS.has(key) ? Number(value) : value;
}
