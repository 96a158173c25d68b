import type { HrTime } from '@opentelemetry/api';

/** Returns milliseconds since the epoch as seconds and nanoseconds. */
export function toHrTime(millis: number): HrTime {
  const seconds = Math.trunc(millis / 1000);
  // A remainder of doubles takes several times as long.
  return [seconds, Math.round((millis - seconds * 1000) * 1e6)];
}

/** Converts milliseconds as {@link toHrTime} does. Equal times one after the other are one object: many series begin together. */
export class HrTimes {
  private millis = Number.NaN;
  private time: HrTime = [0, 0];

  convert(millis: number): HrTime {
    if (millis !== this.millis) {
      this.millis = millis;
      this.time = toHrTime(millis);
    }
    return this.time;
  }
}

/** Returns the nanoseconds since the epoch, which a number cannot hold exactly. */
export function toNanoseconds([seconds, nanoseconds]: HrTime): bigint {
  return BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanoseconds));
}

/** Returns whether a time is earlier than another. */
export function isBefore(a: HrTime, b: HrTime): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
