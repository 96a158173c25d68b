import type { Attributes } from '@opentelemetry/api';

/** Returns a text that two attribute sets have in common exactly if they are equal. */
export function attributesKey(attributes: Readonly<Attributes>): string {
  const keys = Object.keys(attributes);
  if (keys.length > 1) keys.sort();
  return JSON.stringify(keys.map((key) => [key, attributes[key]]));
}
