import { prometheusType } from '../../catalog/definition';
import { findNearest } from '../../issues';
import type { RegistryMetric } from '../../registry/registry';

/**
 * Returns the added metric that replaces each removed one, by the old name: the one that its deprecation names, or the one
 * with the same type and labels whose help text is the same or whose name is the most similar. Each replaces one metric.
 */
export function findRenames(
  removed: readonly RegistryMetric[],
  added: readonly RegistryMetric[],
): Map<string, RegistryMetric> {
  const free = new Set(added);
  const renames = new Map<string, RegistryMetric>();
  for (const metric of removed) {
    const alike = [...free].filter((each) => shape(each) === shape(metric));
    const nearest = findNearest(
      metric.name,
      alike.map(({ name }) => name),
    );
    const found =
      [...free].find(({ name }) => name === metric.renamedTo) ??
      alike.find(({ brief }) => brief === metric.brief) ??
      alike.find(({ name }) => name === nearest);
    if (found === undefined) continue;
    renames.set(metric.name, found);
    free.delete(found);
  }
  return renames;
}

function shape(metric: RegistryMetric): string {
  return JSON.stringify([prometheusType(metric), metric.labels.map(({ label }) => label).sort()]);
}
