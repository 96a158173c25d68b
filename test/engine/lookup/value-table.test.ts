import type { Attributes } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { AttributeIndex } from '../../../src/engine/lookup/attribute-index';

/** Sets of two labels, in numbers at which a table is used. */
function createIndex(count: number): { index: AttributeIndex; rows: Attributes[] } {
  const rows: Attributes[] = [];
  const index = new AttributeIndex({ attributes: (row) => rows[row] as Attributes });
  for (let i = 0; i < count; i++) {
    rows.push(index.compact({ id: i % 2 === 0 ? `id-${i}` : i + 0.5, kind: i % 3 === 0 ? [`${i}`] : 'x' }));
    index.insert(i);
  }
  return { index, rows };
}

describe('AttributeIndex with many rows', () => {
  it('finds every row by equal attributes, in any order of keys, and nothing else', () => {
    const { index, rows } = createIndex(3000);
    rows.forEach(({ id, kind }, row) => {
      const copy = { kind: Array.isArray(kind) ? [...kind] : kind, id } as Attributes;
      expect(index.get(copy)).toBe(row);
      expect(index.find({ id, kind } as Attributes)).toBe(row);
    });
    expect(index.find({ id: 'id-1', kind: 'x' })).toBe(-1);
    expect(index.find({ id: 'id-2', kind: 'y' })).toBe(-1);
    expect(index.matching({ kind: 'x' })).toHaveLength(2000);
    expect(index.matching({ id: 'id-2' })).toEqual([2]);
  });

  it('finds the rest after each of many removals, and holds nothing in the end', () => {
    const { index, rows } = createIndex(2000);
    const left = new Set(rows.keys());
    for (let step = 0; step < 2000; step++) {
      const row = (step * 769) % 2000;
      expect(index.remove(row)).toBe(true);
      expect(index.remove(row)).toBe(false);
      left.delete(row);
      if (step % 100 === 0)
        for (let each = 0; each < 2000; each++) {
          expect(index.get(rows[each] as Attributes)).toBe(left.has(each) ? each : -1);
        }
    }
    expect(index.isEmpty).toBe(true);
  });

  it('takes 0 for -0, and NaN for NaN, and keeps numbers and texts apart', () => {
    const { index, rows } = createIndex(1500);
    for (const id of [0, Number.NaN, '0', 'NaN', true, false, null, 2 ** 31, 1e300]) {
      rows.push(index.compact({ id, kind: 'special' } as unknown as Attributes));
      index.insert(rows.length - 1);
    }
    const find = (id: unknown) => index.find({ id, kind: 'special' } as unknown as Attributes) - 1500;
    expect([0, -0, Number.NaN, '0', 'NaN', true, false, null, 2 ** 31, 1e300].map(find)).toEqual([
      0, 0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });
});
