import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Exemplar } from '../../src/collection/points';

const text = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: 'grapheme', maxLength: 150 }));
const integer = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.nat(300));
const count = fc.oneof(fc.nat(), fc.maxSafeNat());
const double = fc.oneof(fc.double(), integer);

const attributeValue = fc.oneof(
  text,
  fc.boolean(),
  double,
  fc.array(text, { maxLength: 3 }),
  fc.array(fc.integer(), { maxLength: 3 }),
);
export const attributes: fc.Arbitrary<Attributes> = fc.dictionary(fc.string({ maxLength: 6 }), attributeValue, {
  maxKeys: 4,
});

export const hrTime: fc.Arbitrary<HrTime> = fc.tuple(fc.integer({ min: 0, max: 4_000_000_000 }), fc.nat(999_999_999));

const hexadecimal = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

const span = fc.option(fc.record({ traceId: hexadecimal(32), spanId: hexadecimal(16) }), { nil: {} });

export const exemplar: fc.Arbitrary<Exemplar> = fc
  .tuple(fc.record({ value: double, timestamp: hrTime, filteredAttributes: attributes }), span)
  .map(([base, ids]) => ({ ...base, ...ids }));

const statistics = fc.record({ sum: double, min: double, max: double }, { requiredKeys: [] });
const buckets = fc.record({
  offset: fc.integer({ min: -2000, max: 2000 }),
  bucketCounts: fc.array(count, { maxLength: 20 }),
});

const histogram = fc.array(double, { maxLength: 6 }).chain((boundaries) =>
  fc
    .tuple(
      statistics,
      fc.record({
        count,
        buckets: fc.record({
          boundaries: fc.constant(boundaries),
          counts: fc.array(count, { minLength: boundaries.length + 1, maxLength: boundaries.length + 1 }),
        }),
      }),
    )
    .map(([extra, value]) => ({ ...value, ...extra })),
);
const exponentialHistogram = fc
  .tuple(
    statistics,
    fc.record({
      count,
      scale: fc.integer({ min: -10, max: 20 }),
      zeroCount: count,
      positive: buckets,
      negative: buckets,
    }),
  )
  .map(([extra, value]) => ({ ...value, ...extra }));

function points(value: fc.Arbitrary<unknown>, exemplars: boolean) {
  const base = { startTime: hrTime, endTime: hrTime, attributes, value };
  return fc.array(
    exemplars ? fc.record({ ...base, exemplars: fc.array(exemplar, { maxLength: 3 }) }) : fc.record(base),
    {
      maxLength: 4,
    },
  );
}

const temporality = fc.constantFrom(AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE);

function metric(exemplars: boolean): fc.Arbitrary<MetricData> {
  const descriptor = (valueType: ValueType) =>
    fc.record({ name: text, description: text, unit: text, valueType: fc.constant(valueType) });
  const base = (valueType: ValueType) => ({ descriptor: descriptor(valueType), aggregationTemporality: temporality });
  const numbers = (valueType: ValueType) => points(valueType === ValueType.INT ? integer : double, exemplars);
  const forType = (valueType: ValueType) =>
    fc.oneof(
      fc.record({
        ...base(valueType),
        dataPointType: fc.constant(DataPointType.SUM),
        isMonotonic: fc.boolean(),
        dataPoints: numbers(valueType),
      }),
      fc.record({
        ...base(valueType),
        dataPointType: fc.constant(DataPointType.GAUGE),
        dataPoints: numbers(valueType),
      }),
      fc.record({
        ...base(valueType),
        dataPointType: fc.constant(DataPointType.HISTOGRAM),
        dataPoints: points(histogram, exemplars),
      }),
      fc.record({
        ...base(valueType),
        dataPointType: fc.constant(DataPointType.EXPONENTIAL_HISTOGRAM),
        dataPoints: points(exponentialHistogram, exemplars),
      }),
    );
  return fc.oneof(forType(ValueType.INT), forType(ValueType.DOUBLE)) as fc.Arbitrary<MetricData>;
}

/** Anything that a reader can be given to export. */
export function resourceMetrics({ exemplars }: { exemplars: boolean }): fc.Arbitrary<ResourceMetrics> {
  const scope = fc.record({ name: text, version: text, schemaUrl: text }, { requiredKeys: ['name'] });
  const scopeMetrics = fc.array(fc.record({ scope, metrics: fc.array(metric(exemplars), { maxLength: 4 }) }), {
    maxLength: 3,
  });
  return fc
    .tuple(attributes, scopeMetrics)
    .map(([resource, scopes]) => ({ resource: resourceFromAttributes(resource), scopeMetrics: scopes }));
}
