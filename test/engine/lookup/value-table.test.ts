import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
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

  it('has exactly the rows that were added and not removed, at each moment while the number of slots changes', () => {
    const burst = fc.record({ adds: fc.boolean(), count: fc.nat(700), seed: fc.nat(1e6) });
    fc.assert(
      fc.property(fc.array(burst, { minLength: 1, maxLength: 12 }), (bursts) => {
        const { index, rows } = createIndex(1100);
        const held = rows.map((_, row) => row);
        const free: number[] = [];
        let created = rows.length;
        const check = () => {
          for (let i = 0; i < 5; i++) {
            const row = held[(i * 7919) % held.length];
            if (row !== undefined) expect(index.get(rows[row] as Attributes)).toBe(row);
            const other = free.at(-i);
            if (other !== undefined) expect(index.get(rows[other] as Attributes)).toBe(-1);
          }
        };
        for (const { adds, count, seed } of bursts) {
          for (let i = 0; i < count; i++) {
            if (adds) {
              const row = free.pop() ?? rows.length;
              rows[row] = index.compact({ id: `id-${created++}`, kind: 'x' });
              index.insert(row);
              held.push(row);
            } else if (held.length > 0) {
              const at = (seed + i * 769) % held.length;
              const row = held[at] as number;
              expect(index.remove(row)).toBe(true);
              held[at] = held.at(-1) as number;
              held.pop();
              free.push(row);
            }
            if (i % 50 === 0) check();
          }
          expect(index.matching({})).toHaveLength(held.length);
        }
        for (const row of held) expect(index.find(rows[row] as Attributes)).toBe(row);
        expect(index.matching({}).sort((a, b) => a - b)).toEqual(held.sort((a, b) => a - b));
        expect(index.size).toBe(held.length);
      }),
      { numRuns: 40 },
    );
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
