import type { AttributeValue } from '@opentelemetry/api';

/**
 * Returns an attribute value as the text of a label (OpenTelemetry specification, "Attribute value to string"): strings as
 * they are, arrays as JSON, byte arrays as Base64, `null` as the empty string. Never throws.
 */
export function labelValueText(value: AttributeValue | null | undefined): string {
  switch (typeof value) {
    case 'string':
      return value.toWellFormed();
    case 'number':
    case 'boolean':
      return String(value);
    case 'undefined':
      return '';
    default:
      return value === null ? '' : structureText(value);
  }
}

function structureText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  try {
    const text = JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'number' && !Number.isFinite(inner) ? String(inner) : inner,
    );
    return (text ?? String(value)).toWellFormed();
  } catch {
    return `unprintable ${typeof value}`;
  }
}
