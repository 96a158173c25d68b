import type { PageFamily } from '../wire.ts';

/** Returns a number with three significant digits and a prefix such as `k` or `M`. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const digits = (scaled: number) => String(Number(scaled.toPrecision(3)));
  if (size >= 1e9) return `${digits(value / 1e9)} G`;
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e4) return `${digits(value / 1e3)} k`;
  return digits(value);
}

/** Returns what the chart of a family shows, and in which unit. */
export function chartUnit({ name, type }: PageFamily): string {
  const unit = /_(seconds|bytes|percent|ratio|mb|celsius)(_total)?$/.exec(name)?.[1];
  if (type === 'counter') return `${unit ?? 'events'} per second`;
  if (type === 'histogram') return `${unit ?? 'value'}: p50, p95 and p99 of the latest interval`;
  return unit ?? 'value';
}
