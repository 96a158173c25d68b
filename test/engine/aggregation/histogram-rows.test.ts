import { describe, expect, it } from 'vitest';
import { HistogramRows } from '../../../src/engine/aggregation/histogram-rows';

describe('HistogramRows', () => {
  it('counts beyond 2^32 in one row without touching its neighbours', () => {
    const rows = new HistogramRows(3);
    const [first, second, third] = [rows.allocate(), rows.allocate(), rows.allocate()];
    second.block.counts[second.row * 3 + 1] = 2 ** 32 - 2;
    for (let i = 0; i < 5; i++) second.block.add(second.row, 1, 1.5);
    third.block.add(third.row, 0, 0.5);
    expect(first.block.read(first.row)).toEqual({ counts: [0, 0, 0], sum: 0, min: Infinity, max: -Infinity });
    expect(second.block.read(second.row)).toEqual({ counts: [0, 2 ** 32 + 3, 0], sum: 7.5, min: 1.5, max: 1.5 });
    expect(third.block.read(third.row)).toEqual({ counts: [1, 0, 0], sum: 0.5, min: 0.5, max: 0.5 });
    second.block.clear(second.row);
    expect(second.block.read(second.row).counts).toEqual([0, 0, 0]);
  });

  it('uses the rows of removed series again, so that survivors do not hold further blocks', () => {
    const rows = new HistogramRows(3);
    const blocks = new Set<object>();
    for (let round = 0; round < 100; round++) {
      const taken = Array.from({ length: 200 }, () => rows.allocate());
      for (const { block, row } of taken) {
        expect(block.read(row).counts).toEqual([0, 0, 0]);
        block.add(row, 1, 5);
        blocks.add(block);
      }
      for (const place of taken) rows.release(place);
    }
    expect(blocks.size).toBeLessThanOrEqual(3);
  });
});
