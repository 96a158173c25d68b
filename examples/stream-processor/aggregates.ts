import { streamProcessor } from 'meterbridge/systems/stream-processor';

/** The sums of the readings of a window. */
export interface Sums {
  count: number;
  sum: number;
  min: number;
  max: number;
  first: number;
  last: number;
}

export function emptySums(): Sums {
  return { count: 0, sum: 0, min: Infinity, max: -Infinity, first: Infinity, last: -Infinity };
}

export function addTo(sums: Sums, time: number, value: number): void {
  sums.count++;
  sums.sum += value;
  sums.min = Math.min(sums.min, value);
  sums.max = Math.max(sums.max, value);
  sums.first = Math.min(sums.first, time);
  sums.last = Math.max(sums.last, time);
}

/** The aggregates of a window. Each throws if it is undefined for the window. */
const AGGREGATES: Readonly<Record<string, (sums: Sums) => number>> = {
  count: ({ count }) => count,
  sum: ({ sum }) => sum,
  avg: ({ sum, count }) => sum / count,
  range: ({ min, max }) => max - min,
  rate: ({ count, first, last }) => {
    if (last <= first) throw new Error('a single reading has no rate');
    return ((count - 1) * 1000) / (last - first);
  },
};

/** Returns every aggregate of a window; one that is undefined is null. */
export function aggregate(sums: Sums): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(AGGREGATES).map(([name, compute]) => {
      using timer = streamProcessor.startAggregation(name);
      try {
        const value = compute(sums);
        timer.stop('success');
        return [name, value];
      } catch {
        return [name, null];
      }
    }),
  );
}
