import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** The resource of a producer that has none: readers use the one of their `MeterProvider`. */
export const NO_RESOURCE: ResourceMetrics['resource'] = {
  attributes: {},
  merge: (other) => other ?? NO_RESOURCE,
  getRawAttributes: () => [],
};
