import { counterIncrease } from 'meterbridge';

/** What a node reported at a moment: the value of each series, by its name and labels. */
export interface Reading {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly values: ReadonlyMap<string, number>;
}

/** How a counter grew within a window. */
interface Increase {
  readonly first: number;
  readonly firstValue: number;
  last: number;
  lastValue: number;
  /** With the values after resets. */
  increase: number;
  /** One less than the number of its readings. */
  steps: number;
}

/**
 * The readings of one node during the last minutes. Counters are compared with their own previous value, so that a node that
 * restarts, hangs or leaves adds no events.
 */
export class CounterWindow {
  private readonly readings: Reading[] = [];

  /** @param keepMillis the longest window that is asked for */
  constructor(private readonly keepMillis: number) {}

  add(reading: Reading): void {
    this.readings.push(reading);
    while ((this.readings[0]?.time ?? reading.time) < reading.time - this.keepMillis) this.readings.shift();
  }

  /**
   * Returns the increase of each counter per second in the window that ends at `now`, as Prometheus's `rate()` computes it:
   * resets are added, and the increase is extrapolated to the window. A counter with less than two readings has none.
   */
  rates(now: number, windowMillis: number): Map<string, number> {
    const start = now - windowMillis;
    const counters = new Map<string, Increase>();
    for (const { time, values } of this.readings) {
      if (time < start || time > now) continue;
      for (const [key, value] of values) {
        const counter = counters.get(key);
        if (counter === undefined) {
          counters.set(key, { first: time, firstValue: value, last: time, lastValue: value, increase: 0, steps: 0 });
          continue;
        }
        counter.increase += counterIncrease(counter.lastValue, value);
        counter.last = time;
        counter.lastValue = value;
        counter.steps++;
      }
    }
    const rates = new Map<string, number>();
    for (const [key, counter] of counters) {
      if (counter.steps > 0) rates.set(key, extrapolate(counter, start, now) / (windowMillis / 1000));
    }
    return rates;
  }
}

function extrapolate({ first, firstValue, last, increase, steps }: Increase, start: number, end: number): number {
  const sampled = last - first;
  const interval = sampled / steps;
  const toZero = increase > 0 ? sampled * (firstValue / increase) : Infinity;
  const toStart = Math.min(first - start, toZero);
  return increase * ((sampled + reach(toStart, interval) + reach(end - last, interval)) / sampled);
}

/** Returns how far the readings are extended to an end of the window: half of an interval if they end far from it. */
function reach(gap: number, interval: number): number {
  return gap < interval * 1.1 ? gap : interval / 2;
}
