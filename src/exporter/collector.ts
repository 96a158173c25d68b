import type { CollectionResult, MetricCollectOptions, MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { collectMetrics, collectProducers } from '../collection/collect-producers';
import { TEMPORALITY } from '../collection/enums';
import type { CollectedMetadata, CollectedPoint } from '../collection/points';
import type { CollectedStream, ProducerCounts, Scope, SliceCollection, SliceProducer } from '../collection/slices';
import { findSummary } from '../collection/summary';
import { SUMMARY_POINT } from '../collection/summary-point';

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
  return metrics.flatMap((metric): CollectedStream[] => {
    const summary = findSummary(metric);
    if (summary === 'part') return [];
    const { dataPoints, ...metadata } = metric;
    if (summary === undefined) return [streamOf(scope, metadata as CollectedMetadata, dataPoints)];
    const { descriptor } = summary;
    const kind = { aggregationTemporality: TEMPORALITY.CUMULATIVE, dataPointType: SUMMARY_POINT } as const;
    return [streamOf(scope, { descriptor, ...kind }, summary.dataPoints)];
  });
}

function streamOf(scope: Scope, metadata: CollectedMetadata, points: readonly CollectedPoint[]): CollectedStream {
  return {
    ...metadata,
    scope,
    size: points.length,
    *slices() {
      for (let start = 0; start < points.length; start += SLICE_POINTS) yield points.slice(start, start + SLICE_POINTS);
    },
  };
}
