import { describe, expect, it } from 'vitest';
import { sumAggregation } from '../../src/engine/aggregation/sum';
import { DeltaLedger } from '../../src/engine/delta-ledger';
import { SeriesStore } from '../../src/engine/series-store';

/** A ledger with a delta reader of limit 1, a cumulative one of limit 2 and another delta reader of limit 2. */
class Ledger extends DeltaLedger<number> {
  private constructor(readonly series: SeriesStore<number>) {
    super(
      series,
      [
        { index: 0, isDelta: true, limit: 1 },
        { index: 1, isDelta: false, limit: 2 },
        { index: 2, isDelta: true, limit: 2 },
      ],
      sumAggregation(true).combine,
    );
  }

  static create(): Ledger {
    return new Ledger(new SeriesStore(sumAggregation(true)));
  }

  add(id: string): number {
    const row = this.series.allocate({ id });
    this.series.begin(row, 0);
    return row;
  }

  measure(row: number, value: number): void {
    if (this.series.entry(row) === undefined) this.admit(row);
    else this.touch(row, false);
    this.series.add(row, value);
  }

  end(row: number): void {
    this.remove(row, false);
    this.series.release(row);
  }
}

const amounts = (points: readonly { attributes: object; amount: number }[]) =>
  points.map(({ attributes, amount }) => [...Object.values(attributes), amount]);

describe('DeltaLedger', () => {
  it('gives each delta reader what was recorded since it last asked', () => {
    const ledger = Ledger.create();
    const a = ledger.add('a');
    ledger.measure(a, 1);
    expect(amounts(ledger.takeDelta(0))).toEqual([['a', 1]]);
    ledger.measure(a, 2);
    expect(amounts(ledger.takeDelta(0))).toEqual([['a', 2]]);
    expect(amounts(ledger.takeDelta(2))).toEqual([['a', 3]]);
    expect(ledger.takeDelta(0)).toEqual([]);
    expect(ledger.series.total(a)).toBe(3);
  });

  it('counts what exceeds the limit of a reader in its overflow, until its interval ends', () => {
    const ledger = Ledger.create();
    const [a, b] = [ledger.add('a'), ledger.add('b')];
    ledger.measure(a, 1);
    ledger.measure(b, 10);
    expect(ledger.series.entry(b)?.isSpilled).toBe(true);
    expect(amounts(ledger.takeDelta(0))).toEqual([['a', 1]]);
    expect([ledger.takeSpill(0), ledger.takeSpill(0)]).toEqual([10, undefined]);
    ledger.measure(b, 20);
    expect(ledger.series.entry(b)?.isSpilled).toBe(false);
    expect(amounts(ledger.takeDelta(0))).toEqual([['b', 20]]);
  });

  it('refuses a series only when no reader has a place', () => {
    const ledger = Ledger.create();
    expect(['a', 'b', 'c'].map((id) => ledger.admit(ledger.add(id)))).toEqual([true, true, false]);
    expect(ledger.hasRoom).toBe(false);
  });

  it('frees the cumulative place of a removed series, and keeps its delta', () => {
    const ledger = Ledger.create();
    const [a, b] = [ledger.add('a'), ledger.add('b')];
    ledger.measure(a, 1);
    ledger.measure(b, 2);
    ledger.end(a);
    expect(ledger.hasRoom).toBe(true);
    expect(amounts(ledger.takeDelta(2))).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('continues the delta of a set that was removed and recorded again in one interval', () => {
    const ledger = Ledger.create();
    ledger.measure(ledger.add('b'), 0);
    const before = ledger.add('a');
    ledger.measure(before, 1);
    ledger.end(before);
    const after = ledger.add('a');
    ledger.measure(after, 5);
    expect(amounts(ledger.takeDelta(2))).toContainEqual(['a', 6]);
  });

  it('finds a series idle when no cumulative reader holds it and every delta reader has its amount', () => {
    const ledger = Ledger.create();
    const [a, b, c] = [ledger.add('a'), ledger.add('b'), ledger.add('c')];
    ledger.measure(a, 1);
    ledger.measure(b, 1);
    for (const reader of [0, 2]) ledger.takeDelta(reader);
    ledger.measure(c, 1);
    expect([a, b, c].map((row) => ledger.isIdle(row))).toEqual([false, false, false]);
    for (const reader of [0, 2]) ledger.takeDelta(reader);
    expect([a, b, c].map((row) => ledger.isIdle(row))).toEqual([false, false, true]);
  });
});
