import { describe, expect, it } from 'vitest';
import type { Exemplar } from '../../../src/collection/points';
import { exemplarLabels, latestExemplar } from '../../../src/exposition/encode/exemplars';

const at = (value: number, seconds: number, nanoseconds = 0): Exemplar => ({
  value,
  timestamp: [seconds, nanoseconds],
  filteredAttributes: {},
});

describe('exemplars', () => {
  it('exemplars are chosen by the time of the measurement, within the range of a bucket', () => {
    const [early, late, other] = [at(1, 10, 5), at(2, 10, 6), at(3, 11)];
    expect(latestExemplar([late, early, other], 0, 2)).toBe(late);
    expect(latestExemplar([early, late, other], -Infinity, Infinity)).toBe(other);
    expect(latestExemplar([early], 1, 2)).toBeUndefined();
  });

  it('carry the span and the filtered attributes, translated', () => {
    const exemplar = {
      ...at(1, 1),
      traceId: 'abc',
      spanId: 'def',
      filteredAttributes: { 'user.id': 7, trace_id: 'mine' },
    };
    expect(exemplarLabels(exemplar)).toEqual([
      ['trace_id', 'abc'],
      ['span_id', 'def'],
      ['user_id', '7'],
    ]);
  });

  it('carry the span alone if all labels together exceed 128 characters', () => {
    const exemplar = { ...at(1, 1), traceId: 'abc', filteredAttributes: { user: 'x'.repeat(120) } };
    expect(exemplarLabels(exemplar)).toEqual([['trace_id', 'abc']]);
  });

  it('carry the span alone if a filtered attribute cannot be read', () => {
    const filteredAttributes = Object.defineProperty({}, 'bad', {
      enumerable: true,
      get() {
        throw new Error('unreadable');
      },
    });
    expect(exemplarLabels({ ...at(1, 1), traceId: 'abc', filteredAttributes })).toEqual([['trace_id', 'abc']]);
  });
});
