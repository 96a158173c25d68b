import type { Attributes } from '@opentelemetry/api';
import { type Issue, printable } from '../issues';

/** The longest text that replaces a value that an attribute cannot have, in characters. */
const MAX_REPLACEMENT = 256;

const EXPECTED = 'a string, number, boolean, byte array, or a list of strings, numbers or booleans';

/** Attributes that can be kept, and what was wrong with the given ones. */
export interface ReadAttributes {
  /** An object of its own, lists included, that later changes by the caller do not reach. */
  readonly attributes: Attributes;
  readonly issues: readonly Issue[];
}

/**
 * Copies attributes. An attribute that is `undefined` is left out. A value that no attribute can have (OpenTelemetry
 * specification, Common, Attribute) is replaced by a text, and one that cannot be read is left out, each with an issue.
 * Never throws.
 *
 * @param metric for the issues
 */
export function readAttributes(metric: string, given: unknown): ReadAttributes {
  if (given === undefined || given === null) return { attributes: {}, issues: [] };
  const copy = copyAttributes(given);
  if (copy === undefined) {
    const message = `invalid attributes of ${metric}: expected an object that can be read; recorded without attributes`;
    return { attributes: {}, issues: [{ code: 'invalid_attributes', path: metric, expected: 'an object', message }] };
  }
  let issues: Issue[] | undefined;
  let removed: Set<string> | undefined;
  for (const key of Object.keys(copy)) {
    const value = copy[key];
    if (isPlain(value)) continue;
    const replacement = copyValue(value);
    if (replacement !== undefined) copy[key] = replacement.value;
    else removed = (removed ?? new Set<string>()).add(key);
    if (value !== undefined && replacement?.isExact !== true) {
      const outcome = replacement === undefined ? 'the attribute is dropped' : 'recorded as text';
      issues = [...(issues ?? []), invalidAttribute(metric, key, value, outcome)];
    }
  }
  const attributes =
    removed === undefined ? copy : Object.fromEntries(Object.entries(copy).filter(([key]) => !removed.has(key)));
  return { attributes: attributes as Attributes, issues: issues ?? [] };
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null;
}

/**
 * Returns a copy whose values can be read, whatever they are, or `undefined` for what is no object or cannot be listed.
 * Never throws.
 */
export function copyAttributes(given: unknown): Record<string, unknown> | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  try {
    return { ...given };
  } catch {
    return copyReadable(given);
  }
}

/** Copies the attributes that can be read. */
function copyReadable(given: object): Record<string, unknown> | undefined {
  const entries: [string, unknown][] = [];
  try {
    for (const key of Object.keys(given)) {
      try {
        entries.push([key, (given as Record<string, unknown>)[key]]);
      } catch {
        entries.push([key, UNREADABLE]);
      }
    }
  } catch {
    return undefined;
  }
  return Object.fromEntries(entries);
}

/** Stands for the value of a getter that throws. Has no text. */
const UNREADABLE = { toJSON: () => undefined };

interface CopiedValue {
  readonly value: unknown;
  /** Whether the value is what was given. */
  readonly isExact: boolean;
}

function copyValue(value: unknown): CopiedValue | undefined {
  if (value === undefined) return undefined;
  try {
    if (value instanceof Uint8Array) return { value: Uint8Array.from(value), isExact: true };
    if (Array.isArray(value)) {
      const list = Array.from(value, (each) => each ?? null);
      if (list.every(isPlain)) return { value: list, isExact: true };
    }
    const text = asText(value);
    return text === undefined ? undefined : { value: text.slice(0, MAX_REPLACEMENT), isExact: false };
  } catch {
    return undefined;
  }
}

function asText(value: unknown): string | undefined {
  if (typeof value !== 'object') return String(value);
  const text: string | undefined = JSON.stringify(value);
  // Dates, boxed strings and the like are the string that they become.
  return text?.startsWith('"') ? JSON.parse(text) : text;
}

function invalidAttribute(metric: string, key: string, value: unknown, outcome: string): Issue {
  const received = value === UNREADABLE ? 'a value that cannot be read' : printable(value);
  return {
    code: 'invalid_attribute',
    path: `${metric}.${key}`,
    expected: EXPECTED,
    received,
    message: `invalid attribute ${printable(key)} of ${metric}, ${received}: expected ${EXPECTED}; ${outcome}`,
  };
}
