import type { CollectionResult, MetricCollectOptions, MetricProducer } from '@opentelemetry/sdk-metrics';
import { collectMetrics, collectProducers } from '../collection/collect-producers';
import { NO_COUNTS, type ProducerCounts, type SliceCollection, type SliceProducer } from '../collection/slices';
import { createStreams } from './create-streams';
import { SharedCollections } from './shared-collections';

/**
 * Collects from the producer that a `MeterProvider` gives to its reader, and from further ones.
 *
 * The resource is that of the `MeterProvider`. A further producer that fails is an error of the collection, and the rest is
 * complete.
 */
export class Collector {
  private producer: MetricProducer | undefined;
  /** Collections of stock producers. */
  private readonly collections = new SharedCollections();
  private isShutDown = false;

  constructor(private readonly further: readonly MetricProducer[] = []) {}

  setProducer(producer: MetricProducer): void {
    if (this.producer !== undefined)
      throw new Error('this reader belongs to a MeterProvider already: create one for each');
    this.producer = producer;
  }

  shutdown(): void {
    this.isShutDown = true;
  }

  /** Collects everything at once, in the shape of `@opentelemetry/sdk-metrics`. */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return collectMetrics(this.activeProducer(), this.further, options);
  }

  /** Runs callbacks and returns the streams, whose points are read later. */
  async collectSlices(timeoutMillis: number): Promise<SliceCollection> {
    const { main, others, errors } = await collectProducers(this.activeProducer(), this.further, (producer) =>
      this.slices(producer, timeoutMillis),
    );
    return { resource: main.resource, streams: [main, ...others].flatMap(({ streams }) => streams), errors };
  }

  /** Returns what the producer counts about its own work; nothing for a stock one. */
  counts(): ProducerCounts {
    return (this.producer as Partial<SliceProducer> | undefined)?.counts?.() ?? NO_COUNTS;
  }

  private activeProducer(): MetricProducer {
    if (this.producer === undefined) throw new Error('the reader belongs to no MeterProvider yet');
    if (this.isShutDown) throw new Error('the reader is shut down');
    return this.producer;
  }

  private async slices(producer: MetricProducer, timeoutMillis: number): Promise<SliceCollection> {
    if (isSliceProducer(producer)) return producer.collectSlices({ timeoutMillis });
    const { resourceMetrics, errors } = await this.collections.collect(producer, timeoutMillis);
    return { resource: resourceMetrics.resource, streams: createStreams(resourceMetrics.scopeMetrics), errors };
  }
}

function isSliceProducer(producer: MetricProducer): producer is SliceProducer {
  return typeof (producer as Partial<SliceProducer>).collectSlices === 'function';
}
