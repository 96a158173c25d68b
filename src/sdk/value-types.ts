import { parseDecimal } from '../exporter/environment';
import { MAX_TIMER_MILLIS } from '../timeout';

/** Records that a value is invalid. @param received the invalid value, or the invalid item of a list */
export type Refuse = (received: unknown) => void;

/** What a setting accepts, from the text of a variable and from code. */
export interface ValueType<T> {
  /** What is accepted, as messages and the documentation say it: `an integer from 0 to 65535`. */
  readonly expected: string;
  /** Returns the value of a variable's text, which is trimmed and not empty, or `undefined` if it is invalid. */
  parse(text: string, refuse: Refuse): T | undefined;
  /** Returns an option's value, which is not `undefined`, or `undefined` if it is invalid. */
  check(value: unknown, refuse: Refuse): T | undefined;
}

/** Any text that is not empty. */
export const text: ValueType<string> = simple(
  'a string that is not empty',
  (value) => value,
  (value) => (typeof value === 'string' && value !== '' ? value : undefined),
);

/**
 * `true` or `false`. In the environment any other text means `false` and is reported (OpenTelemetry specification,
 * Environment variables, Boolean).
 */
export const boolean: ValueType<boolean> = {
  expected: 'true or false',
  parse: (value, refuse) => {
    const lower = value.toLowerCase();
    if (lower !== 'true' && lower !== 'false') refuse(value);
    return lower === 'true';
  },
  check: (value, refuse) => (typeof value === 'boolean' ? value : void refuse(value)),
};

/**
 * {@link boolean} for an option that is `true` by default. Its variable says the opposite, because a boolean variable must
 * be `false` by default (OpenTelemetry specification, Environment variables, Boolean).
 */
export const negated: ValueType<boolean> = {
  ...boolean,
  parse: (value, refuse) => boolean.parse(value, refuse) !== true,
};

/** A decimal integer. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): ValueType<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return simple(
    `an integer ${range}`,
    (value) => parseDecimal(value, min, max),
    (value) =>
      Number.isInteger(value) && (value as number) >= min && (value as number) <= max ? (value as number) : undefined,
  );
}

/** An interval of a timer, in milliseconds. */
export const interval: ValueType<number> = {
  ...integer(1, MAX_TIMER_MILLIS),
  expected: `an integer from 1 to ${MAX_TIMER_MILLIS} (milliseconds)`,
};

/** A timeout in milliseconds. 0 means no limit, and becomes `Infinity` (OpenTelemetry specification, Environment variables). */
export const timeout: ValueType<number> = simple(
  `an integer from 0 to ${MAX_TIMER_MILLIS} (milliseconds; 0 means no limit)`,
  (value) => noLimit(parseDecimal(value, 0, MAX_TIMER_MILLIS)),
  (value) => noLimit(integer(0, MAX_TIMER_MILLIS).check(value, () => {})),
);

function noLimit(millis: number | undefined): number | undefined {
  return millis === 0 ? Number.POSITIVE_INFINITY : millis;
}

/** One of several names, in any case. */
export function oneOf<const T extends string>(...names: readonly T[]): ValueType<T> {
  const find = (value: unknown) =>
    typeof value === 'string' ? names.find((name) => name.toLowerCase() === value.toLowerCase()) : undefined;
  return simple(`one of ${names.join(', ')}`, find, find);
}

/** A list of names; in the environment separated by commas. Unknown names are reported and left out. */
export function listOf<const T extends string>(...names: readonly T[]): ValueType<readonly T[]> {
  const item = oneOf(...names);
  const collect = (values: readonly unknown[], refuse: Refuse) => {
    const known = values.map((value) => item.check(value, refuse)).filter((value) => value !== undefined);
    return known.length === 0 && values.length > 0 ? undefined : [...new Set(known)];
  };
  return {
    expected: `a list of ${names.join(', ')}`,
    parse: (value, refuse) => collect(splitList(value), refuse),
    check: (value, refuse) => (Array.isArray(value) ? collect(value, refuse) : void refuse(value)),
  };
}

/** Returns the items of a list in the environment. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A URL with one of several schemes. */
export function url(...schemes: readonly string[]): ValueType<string> {
  const isUrl = (value: string) => URL.canParse(value) && schemes.some((scheme) => value.startsWith(`${scheme}:`));
  const find = (value: unknown) => (typeof value === 'string' && isUrl(value) ? value : undefined);
  return simple('a URL such as http://localhost:4318', find, find);
}

/** A value that only code can give. */
export function object<T>(expected: string, isValid: (value: unknown) => boolean): ValueType<T> {
  return simple<T>(
    expected,
    () => undefined,
    (value) => (isValid(value) ? (value as T) : undefined),
  );
}

/** A type without partly valid values: whatever is not accepted is refused as a whole. */
export function simple<T>(
  expected: string,
  parse: (value: string) => T | undefined,
  check: (value: unknown) => T | undefined,
): ValueType<T> {
  const orRefuse = (found: T | undefined, given: unknown, refuse: Refuse) => {
    if (found === undefined) refuse(given);
    return found;
  };
  return {
    expected,
    parse: (value, refuse) => orRefuse(parse(value), value, refuse),
    check: (value, refuse) => orRefuse(check(value), value, refuse),
  };
}
