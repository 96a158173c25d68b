import { OTHER_LABEL_VALUE } from '../catalog/labels';

/**
 * Returns a function that maps the method of a request to the value of a `method` label: a listed method, in upper or
 * lower case, to itself in upper case, any other to `_OTHER`. Clients choose the method, so it must not become a label
 * unchecked.
 *
 * @param labels the values of the label, as the registry of a system lists them
 */
export function methodNormalizer<M extends string>(labels: {
  readonly [key: string]: M;
}): (method: string) => M | typeof OTHER_LABEL_VALUE {
  const methods = new Map<string, M>();
  for (const method of Object.values(labels)) methods.set(method, method).set(method.toLowerCase(), method);
  return (method) => methods.get(method) ?? OTHER_LABEL_VALUE;
}
