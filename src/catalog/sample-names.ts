/** Returns the name of a metric and those that its samples have in the text formats. */
export function sampleNames(name: string, isHistogram: boolean): string[] {
  return isHistogram ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
