import { bucketBounds } from '../catalog/definition';
import { isClosed } from '../catalog/labels';
import { findNearest, type Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import type { YamlMap } from '../yaml/yaml-map';
import { readDuration } from './read-duration';
import type { Registry, RegistryMetric } from './registry';
import { RegistryError } from './registry-error';

/** An alert that fires while a metric is above or below a threshold. */
export interface Threshold {
  readonly alert: string;
  readonly metric: RegistryMetric;
  /** The quantile of a histogram. */
  readonly quantile: number | undefined;
  readonly comparison: 'above' | 'below';
  readonly value: number;
  /** The range over which counters and histograms are read. */
  readonly window: string;
  /** The labels that the alert keeps in addition to `job`. */
  readonly by: readonly string[];
  /** The label values that select the series. */
  readonly match: Readonly<Record<string, string>>;
  readonly for: string;
  readonly severity: (typeof SEVERITIES)[number];
  readonly summary: string;
}

const KEYS = ['alert', 'metric', 'quantile', 'above', 'below', 'window', 'by', 'match', 'for', 'severity', 'summary'];
const SEVERITIES = ['critical', 'warning', 'info'] as const;
const DEFAULT_DURATION = '5m';

/**
 * Reads a `thresholds.yaml`. Each alert is compared with the definition of its metric, so that it can fire.
 *
 * @throws RegistryError with all issues, each with file, line and column
 */
export function readThresholds(file: string, registry: Registry): Threshold[] {
  const issues: Issue[] = [];
  const metrics = new Map(registry.metrics.map((metric) => [metric.name, metric]));
  const alerts = new Set<string>();
  const thresholds = new YamlFile(file, issues)
    .root(['alerts'])
    .list('alerts', KEYS)
    .flatMap((entry) => {
      const alert = entry.string('alert');
      if (alerts.has(alert)) entry.refuse('alert', `alert "${alert}" is defined twice`, 'duplicate');
      alerts.add(alert);
      const metric = findMetric(entry, metrics);
      return metric === undefined ? [] : [readThreshold(entry, alert, metric)];
    });
  if (issues.length > 0) throw new RegistryError(issues);
  return thresholds;
}

function findMetric(entry: YamlMap, metrics: ReadonlyMap<string, RegistryMetric>): RegistryMetric | undefined {
  const name = entry.string('metric');
  const metric = metrics.get(name);
  if (metric === undefined && name !== '') {
    entry.invalid(
      'metric',
      `a metric of the registry (${findNearest(name, [...metrics.keys()]) ?? [...metrics.keys()].join(', ')})`,
    );
  }
  return metric;
}

function readThreshold(entry: YamlMap, alert: string, metric: RegistryMetric): Threshold {
  const [above, below] = [entry.number('above'), entry.number('below')];
  if ((above === undefined) === (below === undefined)) entry.refuse('alert', 'expected either "above" or "below"');
  const comparison = above === undefined ? 'below' : 'above';
  const value = above ?? below ?? 0;
  checkReachable(entry, metric, comparison, value);
  return {
    alert,
    metric,
    quantile: readQuantile(entry, metric),
    comparison,
    value,
    window: readDuration(entry, 'window', DEFAULT_DURATION),
    by: readLabels(entry, metric),
    match: readMatch(entry, metric),
    for: readDuration(entry, 'for', DEFAULT_DURATION),
    severity: entry.oneOf('severity', SEVERITIES) ?? 'warning',
    summary: entry.string('summary'),
  };
}

function readQuantile(entry: YamlMap, { instrument }: RegistryMetric): number | undefined {
  const quantile = entry.number('quantile');
  if (instrument !== 'histogram') {
    if (entry.has('quantile')) entry.refuse('quantile', `only a histogram has quantiles, not a ${instrument}`);
  } else if (quantile === undefined || !(quantile > 0 && quantile < 1)) {
    entry.invalid('quantile', 'a number between 0 and 1');
  }
  return quantile;
}

/** Refuses a threshold that the values of the metric never cross. */
function checkReachable(entry: YamlMap, metric: RegistryMetric, comparison: 'above' | 'below', value: number): void {
  const { instrument } = metric;
  const top = bucketBounds(metric)?.at(-1);
  if (top !== undefined && comparison === 'above' && value >= top) {
    entry.invalid(comparison, `less than ${top}, the highest bucket, which no quantile exceeds`);
  }
  if ((instrument === 'counter' || instrument === 'histogram') && comparison === 'below' && value <= 0) {
    entry.invalid(comparison, 'more than 0, because the value is never negative');
  }
}

function readLabels(entry: YamlMap, metric: RegistryMetric): string[] {
  const names = metric.labels.map(({ label }) => label);
  const by = entry.strings('by');
  for (const label of by)
    if (!names.includes(label)) entry.invalid('by', `labels of ${metric.name} (${names.join(', ') || 'it has none'})`);
  return by;
}

function readMatch(entry: YamlMap, metric: RegistryMetric): Record<string, string> {
  const match = entry.map(
    'match',
    metric.labels.map(({ label }) => label),
  );
  const entries = (match?.keys() ?? []).map((name) => {
    const value = match?.text(name) ?? '';
    const values = metric.labels.find(({ label }) => label === name)?.values ?? 'string';
    if (isClosed(values) && !values.includes(value)) match?.invalid(name, `one of ${values.join(', ')}`);
    return [name, value];
  });
  return Object.fromEntries(entries);
}
