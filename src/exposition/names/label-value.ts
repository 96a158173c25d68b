import type { AttributeValue } from '@opentelemetry/api';

/**
 * Returns the text of an attribute value as a label value (OpenTelemetry specification, "AnyValue representation for
 * non-OTLP protocols"): a string as it is, a boolean or number as in JSON but `NaN`, `Infinity` and `-Infinity` by their
 * names, a byte array in Base64, an array or map as JSON, and `null` or `undefined` as the empty string. In JSON the three
 * special numbers and byte arrays are strings.
 *
 * Never throws: a value that JSON cannot hold, such as a function or a cycle, is the empty string.
 */
export function labelValueText(value: AttributeValue | Uint8Array | null | undefined): string {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'number') return value === 0 ? '0' : String(value);
  if (value instanceof Uint8Array) return base64(value);
  if (value === null || value === undefined) return '';
  try {
    return JSON.stringify(value, jsonValue) ?? '';
  } catch {
    return '';
  }
}

/** Replaces what JSON cannot hold. `this` has the value before its `toJSON` method was called, which a Buffer has. */
function jsonValue(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const original = this[key];
  if (original instanceof Uint8Array) return base64(original);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'bigint') return String(value);
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
