import type { HrTime } from '@opentelemetry/api';

/** Returns milliseconds since the epoch as seconds and nanoseconds. */
export function toHrTime(millis: number): HrTime {
  return [Math.trunc(millis / 1000), Math.round((millis % 1000) * 1e6)];
}
