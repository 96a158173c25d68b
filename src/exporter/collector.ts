import type { CollectionResult, MetricCollectOptions, MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { CollectedDescriptor, CollectedMetadata, CollectedPoint } from '../collection/points';
import type { CollectedStream, ProducerCounts, SliceCollection, SliceProducer } from '../collection/slices';

/** The number of points in a piece that is made of a stock collection. */
const SLICE_POINTS = 500;
const NO_COUNTS: ProducerCounts = { overflowMeasurements: new Map(), hangingCallbacks: 0 };

/**
 * Collects from the producer that a `MeterProvider` gives to its reader, and from further ones.
 *
 * The resource is that of the `MeterProvider`. A further producer that fails is an error of the collection, and the rest is
 * complete.
 */
export class Collector {
  private producer: MetricProducer | undefined;
  /** Collections of stock producers that are under way, by their timeout: concurrent ones share it. */
  private readonly underWay = new Map<MetricProducer, Map<number | undefined, Promise<CollectionResult>>>();
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
    const { main, others, errors } = await this.collectFrom((producer) => producer.collect(options));
    const { resource, scopeMetrics } = main.resourceMetrics;
    const further = others.flatMap(({ resourceMetrics }) => resourceMetrics.scopeMetrics);
    return { resourceMetrics: { resource, scopeMetrics: [...scopeMetrics, ...further] }, errors: [...errors] };
  }

  /** Runs callbacks and returns the streams, whose points are read later. */
  async collectSlices(timeoutMillis: number): Promise<SliceCollection> {
    const { main, others, errors } = await this.collectFrom((producer) => this.slices(producer, timeoutMillis));
    return { resource: main.resource, streams: [main, ...others].flatMap(({ streams }) => streams), errors };
  }

  /** Returns what the producer counts about its own work; nothing for a stock one. */
  counts(): ProducerCounts {
    return (this.producer as Partial<SliceProducer> | undefined)?.counts?.() ?? NO_COUNTS;
  }

  private async collectFrom<R extends { readonly errors: readonly unknown[] }>(
    collect: (producer: MetricProducer) => Promise<R>,
  ): Promise<{ main: R; others: R[]; errors: unknown[] }> {
    if (this.producer === undefined) throw new Error('the reader belongs to no MeterProvider yet');
    if (this.isShutDown) throw new Error('the reader is shut down');
    const [first, ...rest] = await Promise.allSettled(
      [this.producer, ...this.further].map(async (each) => collect(each)),
    );
    if (first?.status !== 'fulfilled') throw first?.reason;
    const others: R[] = [];
    const errors = [...first.value.errors];
    for (const result of rest) {
      if (result.status === 'rejected') errors.push(result.reason);
      else {
        others.push(result.value);
        errors.push(...result.value.errors);
      }
    }
    return { main: first.value, others, errors };
  }

  private async slices(producer: MetricProducer, timeoutMillis: number): Promise<SliceCollection> {
    if (isSliceProducer(producer)) return producer.collectSlices({ timeoutMillis });
    const { resourceMetrics, errors } = await this.shared(producer, timeoutMillis);
    return { resource: resourceMetrics.resource, streams: resourceMetrics.scopeMetrics.flatMap(streamsOf), errors };
  }

  private shared(producer: MetricProducer, timeoutMillis: number): Promise<CollectionResult> {
    const byTimeout = this.underWay.get(producer) ?? new Map<number | undefined, Promise<CollectionResult>>();
    this.underWay.set(producer, byTimeout);
    let collection = byTimeout.get(timeoutMillis);
    if (collection === undefined) {
      collection = producer.collect({ timeoutMillis }).finally(() => byTimeout.delete(timeoutMillis));
      byTimeout.set(timeoutMillis, collection);
    }
    return collection;
  }
}

function isSliceProducer(producer: MetricProducer): producer is SliceProducer {
  return typeof (producer as Partial<SliceProducer>).collectSlices === 'function';
}

/** Returns the metrics of a stock collection as streams. */
function streamsOf({ scope, metrics }: ScopeMetrics): CollectedStream[] {
  return metrics.map((metric): CollectedStream => {
    const { dataPoints, ...metadata } = metric;
    const points = dataPoints as readonly CollectedPoint[];
    return {
      ...(metadata as Omit<CollectedMetadata, 'descriptor'> & { descriptor: CollectedDescriptor }),
      scope,
      size: points.length,
      *slices() {
        for (let start = 0; start < points.length; start += SLICE_POINTS)
          yield points.slice(start, start + SLICE_POINTS);
      },
    };
  });
}
