import {
  OPENMETRICS_CONTENT_TYPE,
  type OpenMetricsContentType,
  PROMETHEUS_CONTENT_TYPE,
  type PrometheusContentType,
  type RegistryContentType,
} from './content-types';
import type { JsonLabels, MetricJson } from './metric-json';
import { metricText } from './registry-text';

/** A metric as a registry uses it. */
export interface RegisteredMetric {
  /** The name of the family. */
  readonly name: string;
  /** Returns the metric with its values, after its `collect` function. */
  get(): Promise<MetricJson> | MetricJson;
  /** Returns the metric with the values that it has, without its `collect` function. */
  read?(): MetricJson;
  /** Removes all values. */
  reset?(): void;
}

/** A set of metrics with different names, as the `Registry` of prom-client. */
export class Registry<C extends RegistryContentType = PrometheusContentType> {
  /** The content type of the Prometheus text format. */
  static readonly PROMETHEUS_CONTENT_TYPE: PrometheusContentType = PROMETHEUS_CONTENT_TYPE;
  /** The content type of OpenMetrics. */
  static readonly OPENMETRICS_CONTENT_TYPE: OpenMetricsContentType = OPENMETRICS_CONTENT_TYPE;

  private readonly byName = new Map<string, RegisteredMetric>();
  private defaultLabels: JsonLabels = {};
  private type: C;

  /**
   * @param contentType the Prometheus text format by default
   * @throws TypeError if the content type is not one of the two
   */
  constructor(contentType: C = PROMETHEUS_CONTENT_TYPE as C) {
    if (!isContentType(contentType)) throw new TypeError(`Content type ${contentType} is unsupported`);
    this.type = contentType;
  }

  /** Returns a registry with the metrics of others. @throws Error if two have metrics of one name, or content types differ */
  static merge<C extends RegistryContentType>(registers: readonly Registry<C>[]): Registry<C> {
    const [first] = registers;
    const merged = new Registry<C>(first?.contentType);
    for (const register of registers) {
      if (register.contentType !== merged.contentType) {
        throw new Error('Registers can only be merged if they have the same content type');
      }
      for (const metric of register.getMetricsAsArray()) merged.registerMetric(metric);
    }
    return merged;
  }

  /** The value of the `Content-Type` header of {@link metrics}. */
  get contentType(): C {
    return this.type;
  }

  /** Changes the format of {@link metrics}. @throws Error if the content type is not one of the two */
  setContentType(contentType: RegistryContentType): void {
    if (!isContentType(contentType)) throw new Error(`Content type ${contentType} is unsupported`);
    this.type = contentType as C;
  }

  /** Adds a metric. @throws Error if another one has its name */
  registerMetric(metric: RegisteredMetric): void {
    const known = this.byName.get(metric.name);
    if (known !== undefined && known !== metric) {
      throw new Error(`A metric with the name ${metric.name} has already been registered.`);
    }
    this.byName.set(metric.name, metric);
  }

  /** Returns the metric of a name, or `undefined`. */
  getSingleMetric(name: string): RegisteredMetric | undefined {
    return this.byName.get(name);
  }

  /** Returns all metrics, in the order in which they were registered. */
  getMetricsAsArray(): RegisteredMetric[] {
    return [...this.byName.values()];
  }

  /** Removes the metric of a name, if there is one. */
  removeSingleMetric(name: string): void {
    this.byName.delete(name);
  }

  /** Removes all metrics and the default labels. */
  clear(): void {
    this.byName.clear();
    this.defaultLabels = {};
  }

  /** Removes the values of all metrics. */
  resetMetrics(): void {
    for (const metric of this.byName.values()) metric.reset?.();
  }

  /** Sets labels of every sample that has no label of the same name. */
  setDefaultLabels(labels: object): void {
    this.defaultLabels = labels as JsonLabels;
  }

  /** Returns all metrics as text. Rejects if a `collect` function fails. */
  async metrics(): Promise<string> {
    const texts = await Promise.all(this.getMetricsAsArray().map((metric) => this.getMetricsAsString(metric)));
    return this.isOpenMetrics ? `${texts.join('\n')}\n# EOF\n` : `${texts.join('\n\n')}\n`;
  }

  /** Returns one metric as text. Rejects if there is none of this name, or if its `collect` function fails. */
  async getSingleMetricAsString(name: string): Promise<string> {
    const metric = this.byName.get(name);
    if (metric === undefined) throw new Error(`no metric with the name ${name} is registered`);
    return this.getMetricsAsString(metric);
  }

  /** Returns a metric as text. Rejects if its `collect` function fails. */
  async getMetricsAsString(metric: RegisteredMetric): Promise<string> {
    const { isOpenMetrics, defaultLabels } = this;
    return metricText(await metric.get(), { isOpenMetrics, defaultLabels });
  }

  /** Returns all metrics with their values. Rejects if a `collect` function fails. */
  async getMetricsAsJSON(): Promise<MetricJson[]> {
    return this.addDefaultLabels(await Promise.all(this.getMetricsAsArray().map((metric) => metric.get())));
  }

  /**
   * Returns the metrics with the values that they have, without calling their `collect` functions.
   *
   * @internal
   */
  readMetrics(): MetricJson[] {
    return this.addDefaultLabels(this.getMetricsAsArray().flatMap((metric) => metric.read?.() ?? []));
  }

  private addDefaultLabels(metrics: MetricJson[]): MetricJson[] {
    const { defaultLabels } = this;
    if (Object.keys(defaultLabels).length === 0) return metrics;
    return metrics.map((metric) => ({
      ...metric,
      values: metric.values.map((sample) => ({ ...sample, labels: { ...sample.labels, ...missing(sample.labels) } })),
    }));

    function missing(labels: JsonLabels): JsonLabels {
      return Object.fromEntries(Object.entries(defaultLabels).filter(([name]) => !labels?.[name]));
    }
  }

  private get isOpenMetrics(): boolean {
    return this.type === OPENMETRICS_CONTENT_TYPE;
  }
}

function isContentType(value: unknown): boolean {
  return value === PROMETHEUS_CONTENT_TYPE || value === OPENMETRICS_CONTENT_TYPE;
}
