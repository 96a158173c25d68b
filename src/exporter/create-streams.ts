import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { TEMPORALITY } from '../collection/enums';
import type { CollectedMetadata, CollectedPoint } from '../collection/points';
import type { CollectedStream, Scope } from '../collection/slices';
import { findSummary } from '../collection/summary';
import { SUMMARY_POINT } from '../collection/summary-point';
import { STEP_SIZE } from '../turns';

/** Returns the metrics of a collection in the shape of `@opentelemetry/sdk-metrics` as streams. */
export function createStreams(scopeMetrics: readonly ScopeMetrics[]): CollectedStream[] {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.flatMap((metric): CollectedStream[] => {
      const summary = findSummary(metric);
      if (summary === 'part') return [];
      const { dataPoints, ...metadata } = metric;
      if (summary === undefined) return [createStream(scope, metadata as CollectedMetadata, dataPoints)];
      const { descriptor } = summary;
      const kind = { aggregationTemporality: TEMPORALITY.CUMULATIVE, dataPointType: SUMMARY_POINT } as const;
      return [createStream(scope, { descriptor, ...kind }, summary.dataPoints)];
    }),
  );
}

function createStream(scope: Scope, metadata: CollectedMetadata, points: readonly CollectedPoint[]): CollectedStream {
  return {
    ...metadata,
    scope,
    size: points.length,
    *slices() {
      for (let start = 0; start < points.length; start += STEP_SIZE) yield points.slice(start, start + STEP_SIZE);
    },
  };
}
