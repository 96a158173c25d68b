import { describe, expect, it } from 'vitest';
import {
  bucketBounds,
  DEFAULT_BUCKETS,
  isSameFamily,
  type MetricDefinition,
  prometheusType,
} from '../../src/catalog/definition';

const WAIT: MetricDefinition = { name: 'wait_seconds', instrument: 'histogram', description: 'Waiting' };

describe('definitions', () => {
  it('protect the default buckets against changes', () => {
    expect(() => (DEFAULT_BUCKETS as number[]).push(20)).toThrow(TypeError);
  });

  it('definitions have the default buckets unless a histogram has its own, and none for other instruments', () => {
    expect(bucketBounds(WAIT)).toBe(DEFAULT_BUCKETS);
    expect(bucketBounds({ ...WAIT, buckets: [1] })).toEqual([1]);
    expect(bucketBounds({ ...WAIT, instrument: 'gauge' })).toBeUndefined();
  });

  it('map an up-down counter to the Prometheus type gauge', () => {
    const types = (['counter', 'updowncounter', 'gauge', 'histogram'] as const).map((instrument) =>
      prometheusType({ ...WAIT, instrument }),
    );
    expect(types).toEqual(['counter', 'gauge', 'gauge', 'histogram']);
  });

  it.each<[boolean, string, Partial<MetricDefinition>]>([
    [true, 'nothing', {}],
    [true, 'the written-out default buckets', { buckets: [...DEFAULT_BUCKETS] }],
    [true, 'the unit', { unit: 's' }],
    [false, 'the help', { description: 'Other' }],
    [false, 'the type', { instrument: 'gauge' }],
    [false, 'the label names', { labels: { a: 'string' } }],
    [false, 'the buckets', { buckets: [1] }],
  ])('definitions are the same family: %s, if they differ in %s', (expected, _, difference) => {
    expect(isSameFamily(WAIT, { ...WAIT, ...difference })).toBe(expected);
  });
});
