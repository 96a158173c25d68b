import { encodeJsonDouble, parseJsonRequest } from './json-request';
import type { SubstitutedMetrics } from './summaries';

/** Returns an `ExportMetricsServiceRequest` in JSON with summaries in place of the gauges that hold their places. */
export function addJsonSummaries(request: Uint8Array, summaries: SubstitutedMetrics['summaries']): Uint8Array {
  const json = parseJsonRequest(request);
  summaries.forEach((metrics, i) => {
    metrics.forEach((summary, j) => {
      const metric = json.resourceMetrics[0]?.scopeMetrics[i]?.metrics[j];
      if (summary === undefined || metric?.gauge === undefined) return;
      const { dataPoints } = metric.gauge;
      delete metric.gauge;
      metric.summary = {
        dataPoints: dataPoints.map(({ asDouble: _, ...point }, k) => {
          const { count = 0, sum = 0, quantiles = [] } = summary.dataPoints[k]?.value ?? {};
          return {
            ...point,
            count: String(count),
            sum: encodeJsonDouble(sum),
            quantileValues: quantiles.map(({ quantile, value }) => ({ quantile, value: encodeJsonDouble(value) })),
          };
        }),
      };
    });
  });
  return Buffer.from(JSON.stringify(json));
}
