import type { CollectionResult, MetricCollectOptions, MetricProducer } from '@opentelemetry/sdk-metrics';
import { collectMetrics } from '../collection/collect-producers';
import { hasMetric } from '../collection/metric-names';
import { NO_RESOURCE } from '../collection/no-resource';

/**
 * The further producers of an SDK as one: those of its options, those that were added to it, and those that every SDK of
 * this process serves.
 */
export class ProcessProducers implements MetricProducer {
  private readonly added: Set<MetricProducer>;

  /** @param shared returns the producers that every SDK of this process serves */
  constructor(
    producers: readonly MetricProducer[],
    private readonly shared: () => Iterable<MetricProducer>,
  ) {
    this.added = new Set(producers);
  }

  add(producers: readonly MetricProducer[]): void {
    for (const producer of producers) this.added.add(producer);
  }

  /** Returns whether a producer has a metric of this name. */
  has(name: string): boolean {
    return this.all().some((producer) => hasMetric(producer, name));
  }

  collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return collectMetrics(NOTHING, this.all(), options);
  }

  private all(): MetricProducer[] {
    return [...new Set([...this.shared(), ...this.added])];
  }
}

/** The producer in front of the others: collecting from all of them does not fail if one of them does. */
const NOTHING: MetricProducer = {
  collect: async () => ({ resourceMetrics: { resource: NO_RESOURCE, scopeMetrics: [] }, errors: [] }),
};
