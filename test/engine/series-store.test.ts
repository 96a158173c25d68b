import { describe, expect, it } from 'vitest';
import { sumAggregation } from '../../src/engine/aggregation/sum';
import { State } from '../../src/engine/series-chunk';
import { SeriesStore } from '../../src/engine/series-store';

const newStore = () => new SeriesStore(sumAggregation(true));

function fill(store: SeriesStore<number>, count: number): number[] {
  return Array.from({ length: count }, (_, id) => {
    const row = store.allocate({ id });
    store.begin(row, 0);
    return row;
  });
}

const heldRows = (store: SeriesStore<number>) => store.chunks.reduce((sum, chunk) => sum + (chunk?.size ?? 0), 0);

describe('SeriesStore', () => {
  it('gives each series a row of its own, with the attributes that it was created with', () => {
    const store = newStore();
    const rows = fill(store, 5000);
    expect(new Set(rows).size).toBe(5000);
    rows.forEach((row, i) => {
      store.add(row, i);
    });
    rows.forEach((row, i) => {
      expect([store.attributes(row), store.total(row)]).toEqual([{ id: i }, i]);
    });
    expect(store.collected).toBe(5000);
  });

  it('gives chunks back when all of their rows are free', () => {
    const store = newStore();
    const rows = fill(store, 5000);
    for (const row of rows.slice(10)) store.release(row);
    expect(heldRows(store)).toBeLessThan(50);
    for (const row of rows.slice(0, 10)) store.release(row);
    expect([heldRows(store), store.chunks.length, store.collected]).toEqual([0, 0, 0]);
  });

  it('uses free rows again before it takes further chunks, and clears them', () => {
    const store = newStore();
    const rows = fill(store, 3000);
    for (const row of rows) store.add(row, 7);
    const before = heldRows(store);
    for (let round = 0; round < 20; round++) {
      const removed = rows.filter((_, i) => i % 3 === round % 3);
      for (const row of removed) store.release(row);
      const added = fill(store, removed.length);
      expect(new Set(added)).toEqual(new Set(removed));
      for (const row of added) {
        expect(store.total(row)).toBe(0);
        store.add(row, 7);
      }
    }
    expect(heldRows(store)).toBe(before);
  });

  it('keeps start times beyond 2^32 milliseconds', () => {
    const store = newStore();
    const [early, late, next] = [store.allocate({}), store.allocate({}), store.allocate({})];
    store.begin(early, 5);
    store.begin(late, 2 ** 33 + 7);
    store.begin(next, 9);
    const starts = [early, late, next].map((row) => store.chunk(row).start(row - store.chunk(row).firstRow));
    expect(starts).toEqual([5, 2 ** 33 + 7, 9]);
    store.release(late);
    const reused = store.allocate({});
    store.begin(reused, 11);
    expect(store.chunk(reused).start(reused - store.chunk(reused).firstRow)).toBe(11);
  });

  it('visits the series that are collected, also while they end', () => {
    const store = newStore();
    const rows = fill(store, 1000);
    const fresh = store.allocate({ id: 'fresh' });
    const visited: number[] = [];
    store.eachCollected((row) => {
      visited.push(row);
      store.release(row);
    });
    expect(visited.sort((a, b) => a - b)).toEqual(rows.sort((a, b) => a - b));
    expect(store.state(fresh)).toBe(State.Fresh);
  });
});
