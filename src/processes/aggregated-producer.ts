import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  AggregationTemporalitySelector,
  CollectionResult,
  MetricCollectOptions,
} from '@opentelemetry/sdk-metrics';
import { TEMPORALITY } from '../collection/enums';
import type { CollectedPoint } from '../collection/points';
import type { CollectedStream, ProducerCounts, Scope, SliceCollection, SliceProducer } from '../collection/slices';
import { SUMMARY_POINT, type Summary } from '../collection/summary-point';
import { splitSummary } from '../exporter/split-summary';
import type { Aggregator } from './aggregator';
import { DeltaConversion } from './delta-conversion';
import type { StreamMetadata } from './merged-stream';

/** The longest that a collection waits for workers, in milliseconds. */
const MAX_SYNC_MILLIS = 1000;

/** Produces the metrics of this process and of its workers. */
export class AggregatedProducer implements SliceProducer {
  private readonly deltas = {
    conversion: new DeltaConversion(),
    accepts: ({ descriptor }: StreamMetadata) => this.temporality(descriptor.type) === TEMPORALITY.DELTA,
  };

  /**
   * @param own the producer of this process
   * @param aggregator receives the metrics of workers; `undefined` while there are none
   */
  constructor(
    private readonly own: SliceProducer,
    private readonly aggregator: () => Aggregator | undefined,
    /** The temporality that the reader takes. */
    private readonly temporality: AggregationTemporalitySelector = () => TEMPORALITY.CUMULATIVE,
  ) {}

  async collectSlices(options: MetricCollectOptions = {}): Promise<SliceCollection> {
    const aggregator = this.aggregator();
    if (aggregator === undefined) return this.own.collectSlices(options);
    const timeoutMillis = Math.min(MAX_SYNC_MILLIS, options.timeoutMillis ?? MAX_SYNC_MILLIS);
    const [collected] = await Promise.all([this.own.collectSlices(options), aggregator.sync(timeoutMillis, options)]);
    // What the last workers have sent was handled in this turn of the event loop. The page is made in others.
    await nextTurn();
    return { ...collected, streams: aggregator.store.merge(collected, aggregator.ownLabel, this, this.deltas) };
  }

  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    if (this.aggregator() === undefined) return this.own.collect(options);
    const { resource, streams, errors } = await this.collectSlices(options);
    return {
      resourceMetrics: { resource, scopeMetrics: groupByScope(streams) },
      errors,
    } as unknown as CollectionResult;
  }

  collectRecorded(): SliceCollection {
    return this.own.collectRecorded();
  }

  counts(): ProducerCounts {
    const { overflowMeasurements, hangingCallbacks } = this.own.counts();
    const all = new Map(overflowMeasurements);
    for (const [metric, count] of this.aggregator()?.store.overflowed ?? []) {
      all.set(metric, (all.get(metric) ?? 0) + count);
    }
    return { overflowMeasurements: all, hangingCallbacks };
  }
}

interface ScopeGroup {
  readonly scope: Scope;
  readonly metrics: object[];
}

function groupByScope(streams: readonly CollectedStream[]): ScopeGroup[] {
  const groups = new Map<string, ScopeGroup>();
  for (const stream of streams) {
    const { scope, descriptor, aggregationTemporality, dataPointType, isMonotonic } = stream;
    const dataPoints: CollectedPoint[] = [...stream.slices()].flat();
    if (dataPoints.length === 0) continue;
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl]);
    const group = groups.get(key) ?? { scope, metrics: [] };
    groups.set(key, group);
    if (dataPointType === SUMMARY_POINT) {
      group.metrics.push(...splitSummary({ descriptor, dataPoints: dataPoints as CollectedPoint<Summary>[] }));
      continue;
    }
    const metric = { descriptor, aggregationTemporality, dataPointType, dataPoints };
    group.metrics.push(isMonotonic === undefined ? metric : { ...metric, isMonotonic });
  }
  return [...groups.values()];
}
