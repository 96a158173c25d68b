const SECONDS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

/** Returns the seconds of a Prometheus duration such as `1h30m`, or undefined for another text. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(ms|[smhdwy]))+$/.test(text)) return text === '0' ? 0 : undefined;
  let seconds = 0;
  for (const [, count, unit = ''] of text.matchAll(/(\d+)(ms|[smhdwy])/g))
    seconds += Number(count) * (SECONDS[unit] ?? 0);
  return seconds;
}

/** Returns a duration as Prometheus writes it, such as `1h30m`. */
export function formatDuration(seconds: number): string {
  let rest = Math.round(seconds * 1000) / 1000;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = SECONDS[unit] ?? 1;
    const count = Math.floor(rest / size + 1e-9);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text || '0s';
}

/** Returns the value of a number of PromQL: decimal, hexadecimal, a duration, `Inf` or `NaN`. */
export function parseNumber(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[+-]/, '').replaceAll('_', '').toLowerCase();
  if (digits === 'inf') return sign * Number.POSITIVE_INFINITY;
  return sign * (parseDuration(digits) ?? Number(digits));
}
