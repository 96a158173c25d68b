import type { HrTime } from '@opentelemetry/api';

/** Returns the nanoseconds since the epoch, which a number cannot hold exactly. */
export function toNanoseconds([seconds, nanoseconds]: HrTime): bigint {
  return BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(Math.trunc(nanoseconds));
}

export function isBefore(a: HrTime, b: HrTime): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
