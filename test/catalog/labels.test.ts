import { describe, expect, it } from 'vitest';
import { closedCombinations, isLabelValues } from '../../src/catalog/labels';

describe('closedCombinations', () => {
  it('returns every combination of closed labels', () => {
    expect(closedCombinations({ a: ['1', '2'], b: ['x', 'y'] })).toEqual([
      { a: '1', b: 'x' },
      { a: '1', b: 'y' },
      { a: '2', b: 'x' },
      { a: '2', b: 'y' },
    ]);
  });

  it('returns one empty combination without labels, and none with an open label', () => {
    expect(closedCombinations({})).toEqual([{}]);
    expect(closedCombinations({ a: ['1'], b: 'string' })).toEqual([]);
    expect(closedCombinations({ a: { known: ['1'] } })).toEqual([]);
  });
});

describe('isLabelValues', () => {
  it.each([['string'], [[]], [['a']], [{ known: ['a'] }]])('accepts %j', (values) => {
    expect(isLabelValues(values)).toBe(true);
  });

  it.each([['number'], [[1]], [{ known: 'a' }], [{}], [null], [undefined], [5]])('rejects %j', (values) => {
    expect(isLabelValues(values)).toBe(false);
  });
});
