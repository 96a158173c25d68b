import type { PageFamily } from '../wire.ts';

/** The unit of a family, by the end of its name. Empty for a number of things. */
export type Unit = 'seconds' | 'bytes' | 'percent' | 'ratio' | 'mb' | 'celsius' | '';

const SUFFIX = /_(seconds|bytes|percent|ratio|mb|celsius)(?:_total)?$/;
/** The scales of each unit: the least value that is written with it, what it is divided by, and its symbol. */
const SECONDS = [
  [86_400, 86_400, 'd'],
  [3600, 3600, 'h'],
  [60, 60, 'min'],
  [1, 1, 's'],
  [1e-3, 1e-3, 'ms'],
  [0, 1e-6, 'µs'],
] as const;
const BYTES = [
  [2 ** 40, 2 ** 40, 'TiB'],
  [2 ** 30, 2 ** 30, 'GiB'],
  [2 ** 20, 2 ** 20, 'MiB'],
  [2 ** 10, 2 ** 10, 'KiB'],
  [0, 1, 'B'],
] as const;
const THINGS = [
  [1e9, 1e9, 'G'],
  [1e6, 1e6, 'M'],
  [1e3, 1e3, 'k'],
  [0, 1, ''],
] as const;

export function findUnit({ name }: Pick<PageFamily, 'name'>): Unit {
  return (SUFFIX.exec(name)?.[1] ?? '') as Unit;
}

/** Returns a value with three significant digits in a readable scale, such as `24.3 GiB`, `3.2 ms`, `41 %` or `1.2 k`. */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case 'seconds':
      return value === 0 ? '0 s' : scaled(value, SECONDS);
    case 'bytes':
      return scaled(value, BYTES);
    case 'mb':
      return scaled(value * 1e6, [
        [1e9, 1e9, 'GB'],
        [0, 1e6, 'MB'],
      ]);
    case 'percent':
      return `${digits(value)} %`;
    case 'ratio':
      return `${digits(value * 100)} %`;
    case 'celsius':
      return `${digits(value)} °C`;
    case '':
      return scaled(value, THINGS);
  }
}

/** Returns a rate: `1.2 k/s`, `3 MiB/s`. */
export function formatRate(value: number, unit: Unit): string {
  return `${formatValue(value, unit)}/s`;
}

/** Returns the name of a state: of its definition, or of the description, as in `0=stopped, 1=running`. */
export function findState({ help, states }: PageFamily, value: number): string | undefined {
  if (states !== undefined) return states[value];
  for (const [, number, name] of help.matchAll(/\b(\d+)\s*=\s*([\w-]+)/g)) if (Number(number) === value) return name;
  return undefined;
}

function scaled(value: number, scales: readonly (readonly [least: number, divisor: number, symbol: string])[]): string {
  const size = Math.abs(value);
  const [, divisor = 1, symbol = ''] = scales.find(([least]) => size >= least) ?? [];
  return `${digits(value / divisor)} ${symbol}`.trimEnd();
}

function digits(value: number): string {
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
