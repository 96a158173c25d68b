import type { Metric, Readings } from './readings';

export interface Datapoint {
  /** RFC 3339, in UTC. */
  readonly timestamp: string;
  readonly value: number | null;
}

interface Slot {
  readonly time: number;
  readonly sums: Map<Metric, number>;
  readonly counts: Map<Metric, number>;
}

/** The resolution of the history and how long it is kept: older values are coarser. */
const TIERS = [
  { stepMillis: 2000, keepMillis: 15 * 60_000 },
  { stepMillis: 60_000, keepMillis: 24 * 3_600_000 },
  { stepMillis: 15 * 60_000, keepMillis: 30 * 24 * 3_600_000 },
] as const;

/** Readings over time in bounded memory. Each tier holds means over its step. */
export class History {
  private readonly tiers = TIERS.map((tier) => ({ ...tier, slots: [] as Slot[] }));

  add(time: number, readings: Readings): void {
    for (const { stepMillis, keepMillis, slots } of this.tiers) {
      const start = Math.floor(time / stepMillis) * stepMillis;
      let slot = slots.at(-1);
      if (slot?.time !== start) {
        slot = { time: start, sums: new Map(), counts: new Map() };
        slots.push(slot);
      }
      for (const [metric, value] of Object.entries(readings) as [Metric, number | null][]) {
        if (value === null) continue;
        slot.sums.set(metric, (slot.sums.get(metric) ?? 0) + value);
        slot.counts.set(metric, (slot.counts.get(metric) ?? 0) + 1);
      }
      while ((slots[0]?.time ?? time) < time - keepMillis) slots.shift();
    }
  }

  /** Returns a metric since a moment, at the finest resolution that reaches so far back. */
  since(metric: Metric, from: number): Datapoint[] {
    const now = Date.now();
    const tier = this.tiers.find(({ keepMillis }) => now - from <= keepMillis) ?? this.tiers.at(-1);
    return (tier?.slots ?? [])
      .filter(({ time }) => time >= from - (tier?.stepMillis ?? 0))
      .map(({ time, sums, counts }) => {
        const count = counts.get(metric);
        const value = count === undefined ? null : (sums.get(metric) ?? 0) / count;
        return { timestamp: new Date(time).toISOString(), value };
      });
  }
}
