import { ValueType } from '@opentelemetry/api';
import { AggregationType, InstrumentType } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { DEFINITION, type MetricDefinition } from '../../src/catalog/definition';
import type { InstrumentDescriptor } from '../../src/engine/descriptor';
import { type PlanRequest, planStreams } from '../../src/engine/view-plan';
import { CUMULATIVE, DELTA, TestReader } from './readers';

const descriptor: InstrumentDescriptor = {
  name: 'wait',
  type: InstrumentType.HISTOGRAM,
  description: 'how long',
  unit: 's',
  valueType: ValueType.DOUBLE,
  advice: { explicitBucketBoundaries: [10, 5] },
};
const definition: MetricDefinition = {
  name: 'wait',
  instrument: 'histogram',
  description: 'how long',
  buckets: [1],
  cardinalityLimit: 7,
};

const plan = (request: Partial<PlanRequest> = {}) =>
  planStreams({
    descriptor,
    definition: undefined,
    scope: { name: 'm' },
    views: [],
    readers: [new TestReader()],
    cardinalityLimit: undefined,
    ...request,
  });

describe('planStreams', () => {
  it('plans one stream with the advice of the instrument where no view matches', () => {
    expect(plan({ views: [{ instrumentName: 'other' }] })).toEqual([
      {
        descriptor,
        aggregation: { kind: 'histogram', boundaries: [5, 10], recordMinMax: true, hasSum: true },
        definition: undefined,
        processors: [],
        exemplarReservoir: undefined,
        readers: [{ index: 0, isDelta: false, limit: 2000 }],
        limit: 2000,
      },
    ]);
  });

  it.each<[keyof typeof InstrumentType, object]>([
    ['COUNTER', { kind: 'sum', isMonotonic: true }],
    ['OBSERVABLE_COUNTER', { kind: 'sum', isMonotonic: true }],
    ['UP_DOWN_COUNTER', { kind: 'sum', isMonotonic: false }],
    ['OBSERVABLE_UP_DOWN_COUNTER', { kind: 'sum', isMonotonic: false }],
    ['GAUGE', { kind: 'last-value' }],
    ['OBSERVABLE_GAUGE', { kind: 'last-value' }],
  ])('aggregates a %s by default as the specification says', (type, aggregation) => {
    expect(plan({ descriptor: { ...descriptor, type: InstrumentType[type] } })).toMatchObject([{ aggregation }]);
  });

  it('plans a stream for each view that matches, and none for one that drops', () => {
    const views = [
      { instrumentName: 'wait', name: 'renamed', description: 'other' },
      { instrumentName: 'w*', aggregation: { type: AggregationType.DROP } as const },
      { instrumentName: '*', aggregation: { type: AggregationType.SUM } as const },
    ];
    expect(plan({ views })).toMatchObject([
      { descriptor: { name: 'renamed', description: 'other' }, aggregation: { kind: 'histogram' } },
      { descriptor: { name: 'wait' }, aggregation: { kind: 'sum' } },
    ]);
  });

  it('takes the limit of the view, else of the definition, else of the provider, else of each reader', () => {
    const readers = [new TestReader(CUMULATIVE, 3), new TestReader(DELTA, 4)];
    const limits = (request: Partial<PlanRequest>) =>
      plan({ readers, ...request }).flatMap((stream) => stream.readers.map(({ limit }) => limit));
    const views = [{ instrumentName: '*', aggregationCardinalityLimit: 9 }];
    expect(limits({ views, definition, cardinalityLimit: 5 })).toEqual([9, 9]);
    expect(limits({ definition, cardinalityLimit: 5 })).toEqual([7, 7]);
    expect(limits({ cardinalityLimit: 5 })).toEqual([5, 5]);
    expect(limits({})).toEqual([3, 4]);
  });

  it('plans streams apart for readers that aggregate differently, and one for those that agree', () => {
    const last = { type: AggregationType.LAST_VALUE } as const;
    const readers = [new TestReader(), new TestReader(DELTA, 5, last), new TestReader(DELTA)];
    expect(plan({ readers })).toMatchObject([
      {
        aggregation: { kind: 'histogram' },
        readers: [
          { index: 0, isDelta: false },
          { index: 2, isDelta: true },
        ],
      },
      { aggregation: { kind: 'last-value' }, readers: [{ index: 1, isDelta: true, limit: 5 }] },
    ]);
  });

  it('fills what a view leaves open from the definition, and keeps the definition unless the view renames', () => {
    const [stream] = plan({ definition, views: [{ instrumentName: '*', description: 'other' }] });
    expect(stream).toMatchObject({ aggregation: { boundaries: [1] }, descriptor: { [DEFINITION]: definition } });
    const [renamed] = plan({ definition, views: [{ instrumentName: 'wait', name: 'x' }] });
    expect(renamed?.definition).toBe(definition);
    expect(renamed?.descriptor[DEFINITION]).toBeUndefined();
  });

  it('plans a stream without readers, so that values can be read back', () => {
    expect(plan({ readers: [], cardinalityLimit: 4 })).toMatchObject([{ readers: [], limit: 4 }]);
  });
});
