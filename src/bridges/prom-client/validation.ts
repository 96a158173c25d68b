import { inspect } from 'node:util';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Returns whether a name is a legal name of a metric (Prometheus data model, Metric names and labels). */
export function validateMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

/** Returns whether a name is a legal name of a label (Prometheus data model, Metric names and labels). */
export function validateLabelName(name: string): boolean {
  return LABEL_NAME.test(name);
}

/** @throws Error if a label is not one of the names that the metric was created with */
export function validateLabels(labelNames: readonly string[], labels: object): void {
  for (const label in labels) {
    if (!labelNames.includes(label)) {
      throw new Error(`Added label "${label}" is not included in initial labelset: ${inspect(labelNames)}`);
    }
  }
}
