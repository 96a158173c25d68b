import { OPENMETRICS_CONTENT_TYPE, type RegistryContentType } from './content-types';
import { register } from './default-registry';
import { isObject, type LabelValues, labelKey, readLabels } from './label-values';
import type { Aggregator, JsonValue, MetricJson, MetricKind } from './metric-json';
import type { Registry } from './registry';
import { validateLabelName, validateLabels, validateMetricName } from './validation';

/** What all metrics are created from. */
export interface MetricConfiguration<T extends string> {
  /** The name of the family. Must match `[a-zA-Z_:][a-zA-Z0-9_:]*`. */
  readonly name: string;
  /** The HELP text. Must not be empty. */
  readonly help: string;
  /** The labels that measurements can have. None by default. */
  readonly labelNames?: readonly T[];
  /** The registries that the metric is added to. The default one by default, none for an empty list. */
  // biome-ignore lint/suspicious/noExplicitAny: a registry of either content type is accepted, as by prom-client
  readonly registers?: readonly Registry<any>[];
  /** How values of several processes are combined. `sum` by default. */
  readonly aggregator?: Aggregator;
  /** Called before values are read. Can set them. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind of metric declares its own `this`
  readonly collect?: (this: any) => void | Promise<void>;
  /** Whether measurements can have exemplars, which only an OpenMetrics registry serves. `false` by default. */
  readonly enableExemplars?: boolean;
}

/** The values of one label set. */
export interface Series {
  /** Whether the series is one of its metric. */
  isLive: boolean;
}

/** What the four kinds of metrics have in common: a name, labels, registries and series by label set. */
export abstract class Metric<T extends string, S extends Series> {
  /** The type of the family. */
  abstract readonly type: MetricKind;
  /** The name of the family. */
  readonly name: string;
  /** The HELP text. */
  readonly help: string;
  /** The labels that measurements can have. */
  readonly labelNames: readonly T[];
  /** How values of several processes are combined. */
  readonly aggregator: Aggregator;
  /** Called before values are read. */
  collect: MetricConfiguration<T>['collect'];

  protected readonly series = new Map<string, S>();
  protected readonly hasExemplars: boolean;
  private readonly sortedLabelNames: readonly T[];

  constructor(configuration: MetricConfiguration<T>) {
    if (!isObject(configuration)) throw new TypeError('constructor expected a config object');
    const { name, help, labelNames = [], aggregator = 'sum', collect, enableExemplars = false } = configuration;
    if (!help) throw new Error('Missing mandatory help parameter');
    if (!name) throw new Error('Missing mandatory name parameter');
    if (!validateMetricName(name)) throw new Error(`Invalid metric name: ${name}`);
    const invalidLabels = labelNames.filter((label) => !validateLabelName(label));
    if (invalidLabels.length > 0) throw new Error(`At least one label name is invalid: ${invalidLabels.join(', ')}`);
    if (collect && typeof collect !== 'function') throw new Error('Optional "collect" parameter must be a function');
    this.name = name;
    this.help = help;
    this.labelNames = [...labelNames];
    this.sortedLabelNames = [...labelNames].sort();
    this.aggregator = aggregator;
    this.collect = collect;
    this.hasExemplars = enableExemplars;
  }

  /** Returns the metric with its values, after `collect`. Rejects if that fails. */
  async get(): Promise<MetricJson> {
    if (this.collect) await this.collect();
    const { help, name, type, aggregator } = this;
    return { help, name, type, values: this.values(), aggregator };
  }

  /** Removes all values. Without labels, a counter and a gauge start again from 0. */
  abstract reset(): void;

  /** Removes the values of a label set. @throws Error for labels that the metric does not have */
  remove(labels: LabelValues<T>): void;
  /** Removes the values of a label set, given by one value for each label name. @throws Error for another number of values */
  remove(...values: (string | number)[]): void;
  remove(...args: unknown[]): void {
    const labels = readLabels(this.labelNames, args);
    validateLabels(this.labelNames, labels);
    const key = labelKey(this.sortedLabelNames, labels);
    const series = this.series.get(key);
    if (series !== undefined) series.isLive = false;
    this.series.delete(key);
  }

  /** Adds the metric to its registries. Called when it is complete. */
  protected register({ registers = [register] }: MetricConfiguration<T>): void {
    for (const registry of registers as readonly Registry<RegistryContentType>[]) {
      if (this.hasExemplars && registry.contentType !== OPENMETRICS_CONTENT_TYPE) {
        throw new TypeError('Exemplars are supported only on OpenMetrics registries');
      }
      registry.registerMetric(this);
    }
  }

  protected abstract values(): JsonValue[];

  protected abstract createSeries(labels: LabelValues<T>): S;

  protected readLabels(args: readonly unknown[]): LabelValues<T> {
    const labels = readLabels(this.labelNames, args);
    validateLabels(this.labelNames, labels);
    return labels;
  }

  /** Returns the series of a label set, which is created if there is none. @throws Error for labels that the metric does not have */
  protected find(labels: LabelValues<T>): S {
    const key = labelKey(this.sortedLabelNames, labels);
    const known = this.series.get(key);
    validateLabels(this.labelNames, labels);
    if (known !== undefined) return known;
    const series = this.createSeries(labels);
    this.series.set(key, series);
    return series;
  }

  /** Replaces the series of a label set by a new one. */
  protected replace(labels: LabelValues<T>): void {
    const key = labelKey(this.sortedLabelNames, labels);
    const known = this.series.get(key);
    if (known !== undefined) known.isLive = false;
    this.series.set(key, this.createSeries(labels));
  }

  protected removeAll(): void {
    for (const series of this.series.values()) series.isLive = false;
    this.series.clear();
  }

  /** Returns what looks up the series of a label set, once for as long as it lives. */
  protected binding(labels: LabelValues<T>): () => S {
    let bound: S | undefined;
    return () => {
      if (bound?.isLive !== true) bound = this.find(labels);
      return bound;
    };
  }
}
