import type { CollectionResult, MetricCollectOptions } from '@opentelemetry/sdk-metrics';
import { collectMetrics, collectProducers } from '../collection/collect-producers';
import type { ProducerCounts, SliceCollection, SliceProducer } from '../collection/slices';

/** The producer of a `MeterProvider` together with a further one. */
export class JoinedProducer implements SliceProducer {
  constructor(
    private readonly own: SliceProducer,
    private readonly further: SliceProducer,
  ) {}

  collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return collectMetrics(this.own, [this.further], options);
  }

  async collectSlices(options?: MetricCollectOptions): Promise<SliceCollection> {
    const { main, others, errors } = await collectProducers(this.own, [this.further], (producer) =>
      (producer as SliceProducer).collectSlices(options),
    );
    return { resource: main.resource, streams: [main, ...others].flatMap(({ streams }) => streams), errors };
  }

  collectRecorded(): SliceCollection {
    const { streams, ...own } = this.own.collectRecorded();
    return { ...own, streams: [...streams, ...this.further.collectRecorded().streams] };
  }

  counts(): ProducerCounts {
    return this.own.counts();
  }
}
