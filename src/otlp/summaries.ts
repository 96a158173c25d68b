import { ValueType } from '@opentelemetry/api';
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE, TEMPORALITY } from '../collection/enums';
import { findSummary, type SummaryMetric } from '../collection/summary';

/** Metrics in which a gauge holds the place of each summary. */
export interface SubstitutedMetrics {
  readonly metrics: ResourceMetrics;
  /** The summary of each gauge, by the positions of its scope and of itself; `undefined` for any other metric. */
  readonly summaries: readonly (readonly (SummaryMetric | undefined)[])[];
}

/**
 * Returns metrics that the stock serializer can serialize, with one gauge for each summary in place of its parts: the name,
 * times and attributes are those of the summary. Returns `undefined` if there is no summary.
 */
export function substituteSummaries({ resource, scopeMetrics }: ResourceMetrics): SubstitutedMetrics | undefined {
  if (!scopeMetrics.some(({ metrics }) => metrics.some((metric) => findSummary(metric) !== undefined)))
    return undefined;
  const scopes = scopeMetrics.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.filter((metric) => findSummary(metric) !== 'part'),
  }));
  const summaries = scopes.map(({ metrics }) =>
    metrics.map((metric) => findSummary(metric) as SummaryMetric | undefined),
  );
  const substituted = scopes.map(({ scope, metrics }, i) => ({
    scope,
    metrics: metrics.map((metric, j) => {
      const summary = summaries[i]?.[j];
      return summary === undefined ? metric : placeholder(summary);
    }),
  }));
  return { metrics: { resource, scopeMetrics: substituted }, summaries };
}

function placeholder({ descriptor, dataPoints }: SummaryMetric): MetricData {
  return {
    descriptor: { ...descriptor, valueType: ValueType.DOUBLE },
    dataPointType: DATA_POINT_TYPE.GAUGE,
    aggregationTemporality: TEMPORALITY.CUMULATIVE,
    dataPoints: dataPoints.map(({ startTime, endTime, attributes }) => ({ startTime, endTime, attributes, value: 0 })),
  };
}
