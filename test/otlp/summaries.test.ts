import { ValueType } from '@opentelemetry/api';
import * as transformer from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INSTRUMENT_TYPE } from '../../src/collection/enums';
import type { CollectedPoint } from '../../src/collection/points';
import type { SummaryMetric } from '../../src/collection/summary';
import type { Summary } from '../../src/collection/summary-point';
import { splitSummary } from '../../src/exporter/split-summary';
import { createJsonSerializer, createProtobufSerializer } from '../../src/otlp/serializers';
import { decodeJsonRequest, decodeProtobufRequest, listMetrics } from '../servers/otlp-messages';
import { attributes, hrTime, resourceMetrics } from './arbitraries';

const value: fc.Arbitrary<Summary> = fc.record({
  count: fc.nat(),
  sum: fc.double({ noNaN: true, noDefaultInfinity: true }),
  quantiles: fc.array(fc.record({ quantile: fc.double({ min: 0, max: 1, noNaN: true }), value: fc.integer() }), {
    maxLength: 4,
  }),
});

const summary: fc.Arbitrary<SummaryMetric> = fc.record({
  descriptor: fc.string({ minLength: 1, maxLength: 9 }).map((name) => ({
    name,
    description: 'd',
    unit: 's',
    type: INSTRUMENT_TYPE.HISTOGRAM,
    valueType: ValueType.DOUBLE,
  })),
  dataPoints: fc.array(fc.record({ startTime: hrTime, endTime: hrTime, attributes, value }), { maxLength: 3 }),
});

/** Returns metrics with summaries behind those of the first scope. */
function withSummaries(
  { resource, scopeMetrics }: ResourceMetrics,
  summaries: readonly SummaryMetric[],
): ResourceMetrics {
  const [first, ...others] = scopeMetrics;
  const { scope, metrics } = first ?? { scope: { name: 'bridge' }, metrics: [] };
  return { resource, scopeMetrics: [{ scope, metrics: [...metrics, ...summaries.flatMap(splitSummary)] }, ...others] };
}

/** Returns what a backend must read of a summary; a default value may be absent. */
function expected({ startTime, value: { count, sum, quantiles } }: CollectedPoint<Summary>): object {
  return {
    start: String(BigInt(startTime[0]) * 1_000_000_000n + BigInt(startTime[1])),
    count,
    sum: sum + 0,
    quantiles: quantiles.map(({ quantile, value: at }) => [quantile + 0, at + 0]),
  };
}

describe.each([
  { name: 'protobuf', serializer: createProtobufSerializer(transformer), decode: decodeProtobufRequest },
  { name: 'JSON', serializer: createJsonSerializer(transformer), decode: decodeJsonRequest },
])('the $name serializer', ({ serializer, decode }) => {
  it('writes every summary so that an independent decoder reads it back, and other metrics as without summaries', () => {
    fc.assert(
      fc.property(
        resourceMetrics({ exemplars: true }),
        fc.array(summary, { minLength: 1, maxLength: 3 }),
        (metrics, summaries) => {
          const request = decode(serializer.serializeRequest(withSummaries(metrics, summaries)) as Uint8Array);
          const received = listMetrics(request).filter((metric) => metric.summary !== undefined);
          expect(received.map(({ name }) => name)).toEqual(summaries.map(({ descriptor }) => descriptor.name));
          expect(
            received.map((metric) =>
              (metric.summary?.dataPoints ?? []).map(
                ({ startTimeUnixNano = '0', count = 0, sum = 0, quantileValues = [] }) => ({
                  start: startTimeUnixNano,
                  count,
                  sum: sum + 0,
                  quantiles: quantileValues.map(({ quantile = 0, value: at = 0 }) => [quantile + 0, at + 0]),
                }),
              ),
            ),
          ).toEqual(summaries.map(({ dataPoints }) => dataPoints.map(expected)));
          const others = listMetrics(request).filter((metric) => metric.summary === undefined);
          expect(others).toEqual(listMetrics(decode(serializer.serializeRequest(metrics) as Uint8Array)));
        },
      ),
    );
  });
});
