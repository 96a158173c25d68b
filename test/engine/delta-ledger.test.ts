import { describe, expect, it } from 'vitest';
import { sumAggregation } from '../../src/engine/aggregation/sum';
import { DeltaLedger } from '../../src/engine/delta-ledger';
import type { Series } from '../../src/engine/series';

const { createSeries, combine } = sumAggregation(true);
const newSeries = (id: string): Series<number> => createSeries({ minimum: 0, measure: () => {} }, { id });

/** A ledger with a delta reader of limit 1, a cumulative one of limit 2 and another delta reader of limit 2. */
const newLedger = () =>
  new DeltaLedger<number>(
    [
      { index: 0, isDelta: true, limit: 1 },
      { index: 1, isDelta: false, limit: 2 },
      { index: 2, isDelta: true, limit: 2 },
    ],
    combine,
  );

function measure(ledger: DeltaLedger<number>, series: Series<number>, value: number): void {
  if (series.cold?.entry === undefined) ledger.admit(series);
  else ledger.touch(series, false);
  series.apply(value);
}

const amounts = (points: readonly { attributes: object; amount: number }[]) =>
  points.map(({ attributes, amount }) => [...Object.values(attributes), amount]);

describe('DeltaLedger', () => {
  it('gives each delta reader what was recorded since it last asked', () => {
    const ledger = newLedger();
    const a = newSeries('a');
    measure(ledger, a, 1);
    expect(amounts(ledger.takeDelta(0, [a]))).toEqual([['a', 1]]);
    measure(ledger, a, 2);
    expect(amounts(ledger.takeDelta(0, [a]))).toEqual([['a', 2]]);
    expect(amounts(ledger.takeDelta(2, [a]))).toEqual([['a', 3]]);
    expect(ledger.takeDelta(0, [a])).toEqual([]);
    expect(a.total()).toBe(3);
  });

  it('counts what exceeds the limit of a reader in its overflow, until its interval ends', () => {
    const ledger = newLedger();
    const [a, b] = [newSeries('a'), newSeries('b')];
    measure(ledger, a, 1);
    measure(ledger, b, 10);
    expect(b.cold?.entry?.isSpilled).toBe(true);
    expect(amounts(ledger.takeDelta(0, [a, b]))).toEqual([['a', 1]]);
    expect([ledger.takeSpill(0), ledger.takeSpill(0)]).toEqual([10, undefined]);
    measure(ledger, b, 20);
    expect(b.cold?.entry?.isSpilled).toBe(false);
    expect(amounts(ledger.takeDelta(0, [a, b]))).toEqual([['b', 20]]);
  });

  it('refuses a series only when no reader has a place', () => {
    const ledger = newLedger();
    expect(['a', 'b', 'c'].map((id) => ledger.admit(newSeries(id)))).toEqual([true, true, false]);
    expect(ledger.hasRoom).toBe(false);
  });

  it('frees the cumulative place of a removed series, and keeps its delta', () => {
    const ledger = newLedger();
    const [a, b] = [newSeries('a'), newSeries('b')];
    measure(ledger, a, 1);
    measure(ledger, b, 2);
    ledger.remove(a, false);
    expect(ledger.hasRoom).toBe(true);
    expect(amounts(ledger.takeDelta(2, [b]))).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('continues the delta of a set that was removed and recorded again in one interval', () => {
    const ledger = newLedger();
    measure(ledger, newSeries('b'), 0);
    const before = newSeries('a');
    measure(ledger, before, 1);
    ledger.remove(before, false);
    const after = newSeries('a');
    measure(ledger, after, 5);
    expect(amounts(ledger.takeDelta(2, [after]))).toEqual([['a', 6]]);
  });

  it('finds a series idle when no cumulative reader holds it and every delta reader has its amount', () => {
    const ledger = newLedger();
    const [a, b, c] = [newSeries('a'), newSeries('b'), newSeries('c')];
    measure(ledger, a, 1);
    measure(ledger, b, 1);
    for (const reader of [0, 2]) ledger.takeDelta(reader, [a, b]);
    measure(ledger, c, 1);
    expect([a, b, c].map((series) => ledger.isIdle(series))).toEqual([false, false, false]);
    for (const reader of [0, 2]) ledger.takeDelta(reader, [a, b, c]);
    expect([a, b, c].map((series) => ledger.isIdle(series))).toEqual([false, false, true]);
  });
});
