import type { HrTime } from '@opentelemetry/api';
import type {
  CollectionResult,
  MetricCollectOptions,
  MetricData,
  MetricProducer,
  ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { toHrTime } from '../../collection/hr-time';
import { HAS_METRIC, type NamedMetricProducer } from '../../collection/metric-names';
import { NO_RESOURCE } from '../../collection/no-resource';
import { COLLECT_RECORDED, type RecordedMetricProducer } from '../../collection/recorded-metrics';
import { report } from '../../diagnostics';
import { errorMessage, printable } from '../../issues';
import { withTimeout } from '../../timeout';
import { convertMetric } from './convert-metric';
import type { MetricJson } from './metric-json';
import { Registry } from './registry';

/** What the bridge uses of a registry of prom-client, `@platformatic/prom-client` or `@prometheus-io/client`. */
export interface PromClientRegistry {
  /** Returns the metrics with their values. */
  getMetricsAsJSON(): Promise<readonly object[]>;
  /** Returns the metric of a name, or `undefined`. */
  getSingleMetric(name: string): unknown;
}

const SCOPE = { name: 'meterbridge/prom-client' };

/** How long the `collect` functions of a registry may take, in milliseconds, if the reader sets no timeout. */
const COLLECT_MILLIS = 30_000;

/**
 * Returns a producer of the metrics of a prom-client registry: pass it to `start({ metricProducers })`. They are served
 * under their own names, and sent over OTLP, where a summary is a summary. The registry stays as it is.
 *
 * Each collection calls the `collect` functions of the registry's metrics. If one of them fails, the collection has none of
 * the metrics of this registry, and the failure is reported.
 *
 * @param registry a registry of prom-client, `@platformatic/prom-client`, `@prometheus-io/client` or
 *   `meterbridge/prom-client`
 * @example
 * const sdk = await start({ metricProducers: [bridgePromClient(client.register)] });
 */
export function bridgePromClient(registry: PromClientRegistry): MetricProducer {
  let producer = producers.get(registry);
  if (producer === undefined) {
    producer = new RegistryProducer(registry);
    producers.set(registry, producer);
  }
  return producer;
}

/** The producer of each registry, so that a registry that is bridged twice is not served twice. */
const producers = new WeakMap<PromClientRegistry, RegistryProducer>();

class RegistryProducer implements NamedMetricProducer, RecordedMetricProducer {
  /** Values count from the start of the process, because a registry does not tell since when it counts. */
  private readonly startTime = toHrTime(Date.now() - process.uptime() * 1000);

  constructor(private readonly registry: PromClientRegistry) {}

  [HAS_METRIC](name: string): boolean {
    return this.registry.getSingleMetric(name) !== undefined;
  }

  async collect({ timeoutMillis = COLLECT_MILLIS }: MetricCollectOptions = {}): Promise<CollectionResult> {
    const collecting = this.registry.getMetricsAsJSON();
    const metrics = await withTimeout(
      collecting,
      timeoutMillis,
      'the collect functions of a prom-client registry timed out',
    );
    return { resourceMetrics: { resource: NO_RESOURCE, scopeMetrics: this.convertAll(metrics) }, errors: [] };
  }

  [COLLECT_RECORDED](): readonly ScopeMetrics[] {
    const { registry } = this;
    return registry instanceof Registry ? this.convertAll(registry.readMetrics()) : [];
  }

  private convertAll(metrics: readonly object[]): ScopeMetrics[] {
    const endTime = toHrTime(Date.now());
    return [{ scope: SCOPE, metrics: metrics.flatMap((metric) => this.convert(metric, endTime)) }];
  }

  private convert(metric: object, endTime: HrTime): MetricData[] {
    try {
      return convertMetric(metric as MetricJson, this.startTime, endTime);
    } catch (error) {
      const { name } = metric as Partial<MetricJson>;
      report(
        'collect',
        `metric ${printable(name)} of a prom-client registry is left out: ${errorMessage(error)}`,
        String(name),
      );
      return [];
    }
  }
}
