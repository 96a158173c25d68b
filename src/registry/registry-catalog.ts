import type { Catalog, MetricDefinition } from '../catalog/definition';
import type { Registry, RegistryMetric } from './registry';

/** Returns the catalog of a registry, as the generated module declares it. */
export function registryCatalog({ name, version, schemaUrl, metrics }: Registry): Catalog {
  const definitions = metrics.map((metric) => [metric.key, metricDefinition(metric)] as const);
  return { name, version, schemaUrl, metrics: Object.fromEntries(definitions) };
}

/** Returns the definition of a metric of a registry. */
export function metricDefinition(metric: RegistryMetric): MetricDefinition {
  const { name, instrument, unit, brief, section, labels, buckets, cardinalityLimit, merge, states, http } = metric;
  return {
    name,
    instrument,
    description: brief,
    unit,
    section,
    labels: Object.fromEntries(labels.map(({ label, values }) => [label, values])),
    initialize: metric.initialize,
    asynchronous: metric.asynchronous,
    buckets,
    cardinalityLimit,
    merge,
    states,
    http,
  };
}
