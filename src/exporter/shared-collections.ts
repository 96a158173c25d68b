import type { CollectionResult, MetricProducer } from '@opentelemetry/sdk-metrics';

/** Collects from producers. Concurrent collections of one producer with the same timeout are one. */
export class SharedCollections {
  /** Collections that are under way, by their timeout. */
  private readonly underWay = new Map<MetricProducer, Map<number | undefined, Promise<CollectionResult>>>();

  collect(producer: MetricProducer, timeoutMillis: number | undefined): Promise<CollectionResult> {
    const byTimeout = this.underWay.get(producer) ?? new Map<number | undefined, Promise<CollectionResult>>();
    this.underWay.set(producer, byTimeout);
    let collection = byTimeout.get(timeoutMillis);
    if (collection === undefined) {
      const options = timeoutMillis === undefined ? {} : { timeoutMillis };
      collection = producer.collect(options).finally(() => byTimeout.delete(timeoutMillis));
      byTimeout.set(timeoutMillis, collection);
    }
    return collection;
  }
}
