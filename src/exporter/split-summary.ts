import { ValueType } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../collection/enums';
import type { CollectedDescriptor } from '../collection/points';
import { SUMMARY, type SummaryMetric, type SummaryPart } from '../collection/summary';

/**
 * Returns a summary as what a reader that knows no summaries can hold: a gauge with an attribute `quantile`, and the sums
 * `_sum` and `_count`. The parts carry the summary under the key `SUMMARY`.
 */
export function splitSummary(summary: SummaryMetric): MetricData[] {
  const { descriptor, dataPoints } = summary;
  const { name, description, unit } = descriptor;
  const describe = (suffix: string, type: CollectedDescriptor['type']): CollectedDescriptor => ({
    name: name + suffix,
    description,
    unit,
    type,
    valueType: ValueType.DOUBLE,
  });
  const common = { aggregationTemporality: TEMPORALITY.CUMULATIVE, [SUMMARY]: 'part' } as const;
  const gauge: SummaryPart = {
    ...common,
    descriptor: describe('', INSTRUMENT_TYPE.GAUGE),
    dataPointType: DATA_POINT_TYPE.GAUGE,
    dataPoints: dataPoints.flatMap(({ attributes, value: { quantiles }, ...times }) =>
      quantiles.map(({ quantile, value }) => ({
        ...times,
        attributes: { ...attributes, quantile: String(quantile) },
        value,
      })),
    ),
    [SUMMARY]: summary,
  };
  const sum: SummaryPart = {
    ...common,
    // Measurements can be negative.
    descriptor: describe('_sum', INSTRUMENT_TYPE.UP_DOWN_COUNTER),
    dataPointType: DATA_POINT_TYPE.SUM,
    isMonotonic: false,
    dataPoints: dataPoints.map(({ value, ...point }) => ({ ...point, value: value.sum })),
  };
  const count: SummaryPart = {
    ...common,
    descriptor: describe('_count', INSTRUMENT_TYPE.COUNTER),
    dataPointType: DATA_POINT_TYPE.SUM,
    isMonotonic: true,
    dataPoints: dataPoints.map(({ value, ...point }) => ({ ...point, value: value.count })),
  };
  return [gauge, sum, count];
}
