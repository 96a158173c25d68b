import { isObject } from '../../is-object';
import { OPENMETRICS_CONTENT_TYPE, type RegistryContentType } from './content-types';
import { register } from './default-registry';
import { type LabelValues, readLabels } from './label-values';
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

/** What the four kinds of metrics have in common: a name, labels and registries. */
export abstract class Metric<T extends string = string> {
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

  /** Whether measurements can have exemplars. */
  protected readonly hasExemplars: boolean;

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
    this.aggregator = aggregator;
    this.collect = collect;
    this.hasExemplars = enableExemplars;
  }

  /** Returns the metric with its values, after `collect`. Rejects if that fails. */
  async get(): Promise<MetricJson> {
    if (this.collect) await this.collect();
    return this.read();
  }

  /** Returns the metric with the values that it has, without `collect`. */
  read(): MetricJson {
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
    this.removeSeries(this.readLabels(args));
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

  /** Returns the samples. */
  protected abstract values(): JsonValue[];

  /** Removes the values of a label set. */
  protected abstract removeSeries(labels: LabelValues<T>): void;

  /** Returns the labels that arguments give. @throws Error for labels that the metric does not have */
  protected readLabels(args: readonly unknown[]): LabelValues<T> {
    const labels = readLabels(this.labelNames, args);
    validateLabels(this.labelNames, labels);
    return labels;
  }
}
