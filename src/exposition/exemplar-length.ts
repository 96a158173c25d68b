/**
 * The maximum length of an exemplar's labels (OpenMetrics 1.0, "Exemplars"), in characters of all names and values.
 * Prometheus drops exemplars with longer labels.
 */
export const MAX_EXEMPLAR_LENGTH = 128;

/** Returns the number of characters, which are code points, of all names and values. */
export function exemplarLength(labels: Iterable<readonly [name: string, value: string]>): number {
  let length = 0;
  for (const [name, value] of labels) length += [...name].length + [...value].length;
  return length;
}
