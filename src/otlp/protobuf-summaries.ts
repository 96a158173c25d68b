import type { Summary } from '../collection/summary-point';
import { delimited, double, fixed64, replaceField } from './protobuf-message';
import type { SubstitutedMetrics } from './summaries';

// Field numbers and types are those of opentelemetry/proto/metrics/v1/metrics.proto.

/** The fields of `Metric` that hold a gauge and a summary. */
const GAUGE = 5;
const SUMMARY = 11;

/**
 * Returns an `ExportMetricsServiceRequest` with summaries in place of the gauges that hold their places.
 *
 * A `NumberDataPoint` becomes a `SummaryDataPoint` by what is added: attributes and times have the same field numbers, and
 * of a field that occurs twice, here the count, the last one counts (Protocol Buffers, Encoding, "Last One Wins").
 */
export function addProtobufSummaries(request: Uint8Array, summaries: SubstitutedMetrics['summaries']): Uint8Array {
  const chunks = replaceField(request, 1, (resource) =>
    replaceField(resource, 2, (scope, i) =>
      replaceField(scope, 2, (metric, j) => {
        const summary = summaries[i]?.[j];
        if (summary === undefined) return undefined;
        const replaceData = (data: Uint8Array) =>
          replaceField(data, 1, (point, k) => {
            const value = summary.dataPoints[k]?.value;
            return value === undefined ? undefined : [point, ...encodeSummary(value)];
          });
        return replaceField(metric, GAUGE, (data) => replaceData(data) ?? [data], SUMMARY);
      }),
    ),
  );
  return chunks === undefined ? request : Buffer.concat(chunks);
}

function encodeSummary({ count, sum, quantiles }: Summary): Buffer[] {
  return [
    fixed64(4, BigInt(count)),
    double(5, sum),
    ...quantiles.map(({ quantile, value }) => delimited(6, Buffer.concat([double(1, quantile), double(2, value)]))),
  ];
}
