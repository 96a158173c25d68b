/** The types of families whose samples have several names. */
export type CompositeType = 'histogram' | 'summary';

/** Returns the name of a metric and those that its samples have in the text formats. */
export function sampleNames(name: string, type: CompositeType | undefined): string[] {
  switch (type) {
    case 'histogram':
      return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
    case 'summary':
      return [name, `${name}_sum`, `${name}_count`];
    default:
      return [name];
  }
}
