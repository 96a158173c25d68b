/** What is read and changed of an `ExportMetricsServiceRequest` in JSON (OTLP specification, JSON Protobuf Encoding). */
export interface JsonRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[];
  }[];
}

/** A metric with its data in one of these fields. */
export type JsonMetric = Partial<Record<'gauge' | 'sum' | 'histogram' | 'exponentialHistogram' | 'summary', JsonData>>;

interface JsonData {
  readonly dataPoints: JsonPoint[];
}

interface JsonPoint {
  exemplars?: readonly object[];
  readonly asDouble?: unknown;
}

export function parseJsonRequest(request: Uint8Array): JsonRequest {
  return JSON.parse(Buffer.from(request).toString()) as JsonRequest;
}

/** JSON has no NaN and no infinities; the protobuf JSON mapping writes them as strings. */
export function encodeJsonDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
