import type { Attributes } from '@opentelemetry/api';
import type { MetricDefinition } from '../../catalog/definition';
import { EventLoop } from '../../instrumentation/runtime/event-loop';
import { observeGarbageCollection } from '../../instrumentation/runtime/garbage-collection';
import { PROM_CLIENT_METRICS } from '../../instrumentation/runtime/prom-client-metrics';
import { isObject } from '../../is-object';
import type { RegistryContentType } from './content-types';
import { Counter } from './counter';
import { Gauge } from './gauge';
import { AGGREGATORS } from './gauge-merges';
import { Histogram } from './histogram';
import type { LabelValues } from './label-values';
import type { Registry } from './registry';

/** Options of {@link collectDefaultMetrics}. */
export interface DefaultMetricsCollectorConfiguration<C extends RegistryContentType = RegistryContentType> {
  /** Where the metrics are registered. The default registry by default. */
  readonly register?: Registry<C>;
  /** A prefix of all names. None by default. */
  readonly prefix?: string;
  /** The buckets of the durations of garbage collections, in seconds. 0.001 to 5 by default. */
  readonly gcDurationBuckets?: readonly number[];
  /** Milliseconds between two samples of the delay of the event loop. 10 by default, which costs 0.4 % of a core. */
  readonly eventLoopMonitoringPrecision?: number;
  /** Labels of all metrics. None by default. */
  readonly labels?: object;
}

const DEFAULT_PRECISION_MILLIS = 10;

/** The groups of metrics, by the names that prom-client gives them. */
const GROUPS: readonly string[] = [
  'processCpuTotal',
  'processStartTime',
  'osMemoryHeap',
  'processOpenFileDescriptors',
  'processMaxFileDescriptors',
  'eventLoopLag',
  'processResources',
  'processHandles',
  'processRequests',
  'heapSizeAndUsed',
  'heapSpacesSizeAndUsed',
  'version',
  'gc',
];

/**
 * Registers the metrics of the process and of Node.js, as prom-client does. A running SDK leaves metrics of these names to
 * the registry. They are measured until the process ends.
 *
 * @throws TypeError if the configuration is not an object, Error if the registry has a metric of one of the names
 */
function collect(configuration: DefaultMetricsCollectorConfiguration | null = {}): void {
  if (configuration !== null && !isObject(configuration)) {
    throw new TypeError('config must be null, undefined, or an object');
  }
  new DefaultMetrics(configuration ?? {});
}

/** {@link collect}, with the names of the groups of metrics. */
export const collectDefaultMetrics: typeof collect & { readonly metricsList: readonly string[] } = Object.assign(
  collect,
  {
    metricsList: GROUPS,
  },
);

/** The default metrics of one registry. */
class DefaultMetrics {
  private readonly labels: LabelValues<string>;
  private readonly prefix: string;
  private readonly registers: { readonly registers?: readonly Registry<RegistryContentType>[] };
  private readonly metrics = new Map<string, Gauge | Counter>();
  /** The last values of counters, by name. */
  private readonly counted = new Map<string, number>();
  private readonly eventLoop: EventLoop;
  /** Whether the values are those of the collection that is under way. */
  private isFresh = false;

  constructor(configuration: DefaultMetricsCollectorConfiguration) {
    const { register, prefix = '', labels = {}, gcDurationBuckets } = configuration;
    this.labels = labels as LabelValues<string>;
    this.prefix = prefix;
    this.registers = register === undefined ? {} : { registers: [register as Registry<RegistryContentType>] };
    const { observed, garbageCollection } = PROM_CLIENT_METRICS;
    for (const [key, definition] of this.available(observed)) this.metrics.set(key, this.createMetric(definition));
    this.eventLoop = new EventLoop(configuration.eventLoopMonitoringPrecision ?? DEFAULT_PRECISION_MILLIS);
    const histogram = new Histogram({
      ...this.describe(garbageCollection),
      buckets: gcDurationBuckets ?? garbageCollection.buckets ?? [],
    });
    observeGarbageCollection((kind, seconds) => histogram.observe({ kind, ...this.labels }, seconds));
  }

  /** Returns the metrics that this platform has values of. */
  private available(observed: Readonly<Record<string, MetricDefinition>>): [key: string, MetricDefinition][] {
    const known = new Set<string>();
    const eventLoop = new EventLoop();
    PROM_CLIENT_METRICS.observe((key, value) => value !== undefined && known.add(key), eventLoop);
    eventLoop.stop();
    // A metric with labels may have no series now and one later.
    return Object.entries(observed).filter(([key, { labels }]) => labels !== undefined || known.has(key));
  }

  private createMetric(definition: MetricDefinition): Gauge | Counter {
    const collectAll = () => this.refresh();
    const configuration = { ...this.describe(definition), collect: collectAll };
    return definition.instrument === 'counter' ? new Counter(configuration) : new Gauge(configuration);
  }

  private describe({ name, description, labels = {}, merge = 'sum' }: MetricDefinition) {
    return {
      name: this.prefix + name,
      help: description,
      labelNames: [...Object.keys(labels), ...Object.keys(this.labels)],
      aggregator: AGGREGATORS[merge],
      ...this.registers,
    };
  }

  /** Reads all values once for a registry that collects its metrics one after the other. */
  private refresh(): void {
    if (this.isFresh) return;
    this.isFresh = true;
    queueMicrotask(() => {
      this.isFresh = false;
    });
    const { observed } = PROM_CLIENT_METRICS;
    for (const [key, { labels }] of Object.entries<MetricDefinition>(observed)) {
      if (labels !== undefined) this.metrics.get(key)?.reset();
    }
    PROM_CLIENT_METRICS.observe((key, value, attributes) => {
      if (value !== undefined) this.update(key, value, attributes);
    }, this.eventLoop);
  }

  private update(key: string, value: number, attributes: Attributes = {}): void {
    const metric = this.metrics.get(key);
    const labels = { ...attributes, ...this.labels } as LabelValues<string>;
    if (metric instanceof Gauge) metric.set(labels, value);
    else if (metric !== undefined) {
      metric.inc(labels, value - (this.counted.get(key) ?? 0));
      this.counted.set(key, value);
    }
  }
}
