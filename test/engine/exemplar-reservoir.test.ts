import { type HrTime, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import {
  AlignedHistogramBucketExemplarReservoir,
  SimpleFixedSizeExemplarReservoir,
} from '../../src/engine/exemplar-reservoir';

const TIME: HrTime = [1, 0];
const values = (exemplars: readonly { value: number }[]) => exemplars.map(({ value }) => value);

describe('SimpleFixedSizeExemplarReservoir', () => {
  it('keeps the first measurements, and replaces them with the right probability', () => {
    const random = [0.99, 0, 0.5];
    const reservoir = new SimpleFixedSizeExemplarReservoir(2, () => random.shift() as number);
    for (const value of [1, 2, 3, 4, 5]) reservoir.offer(value, TIME, {}, ROOT_CONTEXT);
    // Of 3 the slot is 2, of 4 slot 0, of 5 slot 2.
    expect(values(reservoir.collect({}))).toEqual([4, 2]);
  });

  it('keeps each measurement with the same probability', () => {
    const kept = new Array<number>(10).fill(0);
    for (let run = 0; run < 20_000; run++) {
      const reservoir = new SimpleFixedSizeExemplarReservoir();
      for (let value = 0; value < 10; value++) reservoir.offer(value, TIME, {}, ROOT_CONTEXT);
      const [value] = values(reservoir.collect({}));
      kept[value as number] = (kept[value as number] as number) + 1;
    }
    // 2000 each; ten standard deviations are 424.
    for (const count of kept) expect(Math.abs(count - 2000)).toBeLessThan(424);
  });

  it('SimpleFixedSizeExemplarReservoir starts again after a collection', () => {
    const reservoir = new SimpleFixedSizeExemplarReservoir(1, () => 0.99);
    reservoir.offer(1, TIME, {}, ROOT_CONTEXT);
    reservoir.offer(2, TIME, {}, ROOT_CONTEXT);
    expect(values(reservoir.collect({}))).toEqual([1]);
    expect(reservoir.collect({})).toEqual([]);
    reservoir.offer(3, TIME, {}, ROOT_CONTEXT);
    expect(values(reservoir.collect({}))).toEqual([3]);
  });
});

describe('AlignedHistogramBucketExemplarReservoir', () => {
  it('keeps the last measurement of each bucket', () => {
    const reservoir = new AlignedHistogramBucketExemplarReservoir([1, 2]);
    for (const value of [0.5, 1, 5, 1.5, 7]) reservoir.offer(value, TIME, {}, ROOT_CONTEXT);
    expect(values(reservoir.collect({}))).toEqual([1, 1.5, 7]);
  });

  it('AlignedHistogramBucketExemplarReservoir leaves out the attributes of the point', () => {
    const reservoir = new AlignedHistogramBucketExemplarReservoir([]);
    reservoir.offer(1, TIME, { keep: 'a', user: 'b' }, ROOT_CONTEXT);
    expect(reservoir.collect({ keep: 'a' })).toEqual([
      { value: 1, timestamp: TIME, filteredAttributes: { user: 'b' } },
    ]);
  });
});
