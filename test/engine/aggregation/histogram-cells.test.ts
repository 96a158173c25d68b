import { describe, expect, it } from 'vitest';
import { BucketIndex } from '../../../src/engine/aggregation/bucket-index';
import { HistogramCells } from '../../../src/engine/aggregation/histogram-cells';

describe('HistogramCells', () => {
  it('counts beyond 2^32 in one cell without touching its neighbours', () => {
    const cells = new HistogramCells(3, new BucketIndex([1, 2]));
    for (let cell = 0; cell < 3; cell++) cells.clear(cell);
    cells.counts[1 * 3 + 1] = 2 ** 32 - 2;
    for (let i = 0; i < 5; i++) cells.add(1, 1.5);
    cells.add(2, 0.5);
    expect(cells.read(0)).toEqual({ counts: [0, 0, 0], sum: 0, min: Infinity, max: -Infinity });
    expect(cells.read(1)).toEqual({ counts: [0, 2 ** 32 + 3, 0], sum: 7.5, min: 1.5, max: 1.5 });
    expect(cells.read(2)).toEqual({ counts: [1, 0, 0], sum: 0.5, min: 0.5, max: 0.5 });
    cells.clear(1);
    expect(cells.read(1).counts).toEqual([0, 0, 0]);
  });
});
