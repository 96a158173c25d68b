import { attributesKey } from '../../collection/attributes-key';
import type { Aggregator, JsonValue, MetricJson } from './metric-json';

/** Combines the metrics of one name of several processes. Returns `undefined` for none. */
export type MetricAggregator = (metrics: readonly MetricJson[]) => MetricJson | undefined;

/** How values of several processes are combined, by name. */
export const aggregators: Readonly<Record<Aggregator, MetricAggregator>> = {
  sum: createAggregator((values) => values.reduce((sum, { value }) => sum + value, 0)),
  first: createAggregator(([first]) => first?.value ?? 0),
  omit: () => undefined,
  average: createAggregator((values) => values.reduce((sum, { value }) => sum + value, 0) / values.length),
  min: createAggregator((values) => values.reduce((min, { value }) => Math.min(min, value), Infinity)),
  max: createAggregator((values) => values.reduce((max, { value }) => Math.max(max, value), -Infinity)),
};

/** Returns an aggregator that combines the samples that have the same name and the same labels. */
function createAggregator(combine: (values: readonly JsonValue[]) => number): MetricAggregator {
  return (metrics) => {
    const [first] = metrics;
    if (first === undefined) return undefined;
    const groups = new Map<string, JsonValue[]>();
    for (const value of metrics.flatMap(({ values }) => values)) {
      const key = `${value.metricName} ${attributesKey(value.labels ?? {})}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [value]);
      else group.push(value);
    }
    const { help, name, type, aggregator } = first;
    return { help, name, type, aggregator, values: [...groups.values()].map((group) => combined(group, combine)) };
  };
}

function combined(group: readonly JsonValue[], combine: (values: readonly JsonValue[]) => number): JsonValue {
  const { labels, metricName } = group[0] as JsonValue;
  return { value: combine(group), labels, ...(metricName === undefined ? {} : { metricName }) };
}
