import type { JsonExemplar, JsonLabels } from './metric-json';

/** The most characters that the labels of an exemplar have (OpenMetrics 1.0, "Exemplars"). */
const MAX_LENGTH = 128;

/** Returns an exemplar of now. @throws RangeError if its labels are too long */
export function createExemplar(labelSet: JsonLabels, value: number): JsonExemplar {
  const length = Object.entries(labelSet).reduce((total, [name, label]) => total + `${name}${label}`.length, 0);
  if (length > MAX_LENGTH) throw new RangeError(`Label set size must be smaller than ${MAX_LENGTH} UTF-8 chars`);
  return { labelSet, value, timestamp: Date.now() / 1000 };
}
