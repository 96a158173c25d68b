import { inspect } from 'node:util';

/** Returns a value as the messages of prom-client have it: a string without quotes. */
export function describeValue(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value);
}
