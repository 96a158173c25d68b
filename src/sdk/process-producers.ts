import type { CollectionResult, MetricCollectOptions, MetricProducer } from '@opentelemetry/sdk-metrics';
import { collectMetrics } from '../collection/collect-producers';
import { hasMetric } from '../collection/metric-names';
import { NO_RESOURCE } from '../collection/no-resource';
import { collectRecorded } from '../collection/recorded-metrics';
import { NO_COUNTS, type ProducerCounts, type SliceCollection, type SliceProducer } from '../collection/slices';
import { createStreams } from '../exporter/create-streams';
import { SharedCollections } from '../exporter/shared-collections';
import { StableAttributes } from '../exporter/stable-attributes';

/**
 * The further producers of an SDK as one: those of its options, those that were added to it, and those that every SDK of
 * this process serves.
 */
export class ProcessProducers implements SliceProducer {
  private readonly added: Set<MetricProducer>;
  private readonly shared = new SharedCollections();
  private readonly attributes = new StableAttributes();

  /** @param processWide returns the producers that every SDK of this process serves */
  constructor(
    producers: readonly MetricProducer[],
    private readonly processWide: () => Iterable<MetricProducer>,
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

  async collectSlices({ timeoutMillis }: MetricCollectOptions = {}): Promise<SliceCollection> {
    const { resourceMetrics, errors } = await this.shared.collect(this, timeoutMillis);
    const { resource, scopeMetrics } = resourceMetrics;
    return { resource, streams: this.attributes.apply(createStreams(scopeMetrics), errors.length === 0), errors };
  }

  /** A metric of several producers is left out: which of them can be collected at once must not matter. */
  collectRecorded(): SliceCollection {
    const producers = this.all();
    const streams = createStreams(producers.flatMap(collectRecorded)).filter(
      ({ descriptor: { name } }) => producers.filter((each) => hasMetric(each, name)).length < 2,
    );
    return { resource: NO_RESOURCE, streams: this.attributes.apply(streams, false), errors: [] };
  }

  counts(): ProducerCounts {
    return NO_COUNTS;
  }

  private all(): MetricProducer[] {
    return [...new Set([...this.processWide(), ...this.added])];
  }
}

/** The producer in front of the others: collecting from all of them does not fail if one of them does. */
const NOTHING: MetricProducer = {
  collect: async () => ({ resourceMetrics: { resource: NO_RESOURCE, scopeMetrics: [] }, errors: [] }),
};
