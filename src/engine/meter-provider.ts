import type { MeterProvider as ApiMeterProvider, Meter, MeterOptions } from '@opentelemetry/api';
import { defaultResource, type Resource } from '@opentelemetry/resources';
import {
  type AggregationOption,
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type IMetricReader,
  InstrumentType,
  MeterProvider,
  type MetricCollectOptions,
  type MetricProducer,
  type ScopeMetrics,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import type { SliceProducer } from '../collection/slices';
import { type ExemplarFilter, ExemplarSampler } from './exemplars';
import { EngineMeter } from './meter';
import type { PlanContext } from './view-plan';

/** What a reader of this provider is given. */
export type EngineProducer = MetricProducer & Pick<SliceProducer, 'counts'>;

/** Options of {@link EngineMeterProvider}, as a stock `MeterProvider` takes them. */
export interface EngineMeterProviderOptions {
  readonly resource?: Resource;
  readonly views?: readonly ViewOptions[];
  readonly readers?: readonly IMetricReader[];
  /** The most series of an instrument whose view has no limit. The reader's limit by default, which is 2000. */
  readonly cardinalityLimit?: number;
  /** Whether a catalog's series that can be known beforehand exist from the start, as 0 or empty. `true` by default. */
  readonly zero?: boolean;
  /** Which measurements can become exemplars. `trace_based` by default: those made in a sampled span. */
  readonly exemplarFilter?: ExemplarFilter;
}

/**
 * A `MeterProvider` with two lanes. Synchronous instruments record in the engine; asynchronous ones, and those whose
 * views the engine does not do, in a stock `MeterProvider`. Each reader sees one producer that collects both.
 */
export class EngineMeterProvider implements ApiMeterProvider {
  private readonly stock: MeterProvider;
  private readonly meters = new Map<string, EngineMeter>();
  private readonly views: readonly ViewOptions[];
  private readonly readers: readonly IMetricReader[];
  private readonly context: PlanContext;
  private gaugesEnd = true;
  private readonly lifecycle: { isActive: boolean; readonly initializesSeries: boolean };

  constructor({
    resource = defaultResource(),
    views = [],
    readers = [],
    cardinalityLimit,
    zero = true,
    exemplarFilter = 'trace_based',
  }: EngineMeterProviderOptions = {}) {
    this.context = {
      limit: cardinalityLimit,
      zero,
      sampler: new ExemplarSampler(exemplarFilter),
      now: Date.now,
    };
    this.lifecycle = { isActive: true, initializesSeries: zero };
    this.views = views;
    this.readers = readers;
    const lanes = readers.map((reader) => new StockLane(reader, () => this.gaugesEnd));
    this.stock = new MeterProvider({ resource, views: [...views], readers: lanes });
    readers.forEach((reader, index) => {
      const lane = lanes[index] as StockLane;
      const producer: EngineProducer = {
        collect: (options) => this.collect(lane, index, options),
        counts: () => ({ overflowMeasurements: this.overflowed(), hangingCallbacks: 0 }),
      };
      reader.setMetricProducer(producer);
    });
  }

  getMeter(name: string, version = '', options: MeterOptions = {}): Meter {
    const { schemaUrl } = options;
    const key = JSON.stringify([name, version, schemaUrl ?? '']);
    let meter = this.meters.get(key);
    if (meter === undefined) {
      const { views, readers } = this;
      meter = new EngineMeter({ name, version, schemaUrl }, this.stock.getMeter(name, version, options), {
        views,
        readers,
        lifecycle: this.lifecycle,
        ...this.context,
        keepGauges: () => {
          this.gaugesEnd = false;
        },
      });
      this.meters.set(key, meter);
    }
    return meter;
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.forceFlush()));
  }

  async shutdown(): Promise<void> {
    this.lifecycle.isActive = false;
    await Promise.all(this.readers.map((reader) => reader.shutdown()));
    await this.stock.shutdown();
  }

  private overflowed(): Map<string, number> {
    const all = new Map<string, number>();
    for (const meter of this.meters.values()) {
      for (const [metric, count] of meter.overflowed()) all.set(metric, (all.get(metric) ?? 0) + count);
    }
    return all;
  }

  /** Asynchronous instruments answer first; then everything that is counted is read at one moment. */
  private async collect(lane: StockLane, reader: number, options?: MetricCollectOptions): Promise<CollectionResult> {
    const { resourceMetrics, errors } = await lane.collect(options);
    if (this.context.sampler.wakes()) for (const meter of this.meters.values()) meter.watch();
    const time = Date.now();
    const scopes = new Map<string, ScopeMetrics>();
    for (const scopeMetrics of resourceMetrics.scopeMetrics) scopes.set(keyOf(scopeMetrics), scopeMetrics);
    for (const meter of this.meters.values()) {
      const collected = meter.collect(reader, time);
      if (collected === undefined) continue;
      const key = keyOf(collected);
      const stock = scopes.get(key);
      scopes.set(
        key,
        stock === undefined ? collected : { ...stock, metrics: [...stock.metrics, ...collected.metrics] },
      );
    }
    return { resourceMetrics: { resource: resourceMetrics.resource, scopeMetrics: [...scopes.values()] }, errors };
  }
}

function keyOf({ scope }: ScopeMetrics): string {
  return JSON.stringify([scope.name, scope.version ?? '', scope.schemaUrl ?? '']);
}

/**
 * Stands in for a reader at the stock provider, so that the reader itself can be given both lanes.
 *
 * It asks for observable gauges as deltas, in which the stock SDK gives exactly what the callbacks observed this time; as
 * cumulative it would go on giving every attribute set that was ever observed.
 */
class StockLane implements IMetricReader {
  private producer: MetricProducer | undefined;

  /** @param gaugesEnd whether the trick holds: not where a view makes an observable gauge add up */
  constructor(
    private readonly reader: IMetricReader,
    private readonly gaugesEnd: () => boolean,
  ) {}

  setMetricProducer(producer: MetricProducer): void {
    this.producer = producer;
  }

  selectAggregation(type: InstrumentType): AggregationOption {
    return this.reader.selectAggregation(type);
  }

  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    if (type === InstrumentType.OBSERVABLE_GAUGE && this.gaugesEnd()) return AggregationTemporality.DELTA;
    return this.reader.selectAggregationTemporality(type);
  }

  selectCardinalityLimit(type: InstrumentType): number {
    return this.reader.selectCardinalityLimit(type);
  }

  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    if (this.producer === undefined) throw new Error('the stock provider has not taken this reader');
    const result = await this.producer.collect(options);
    const aggregationTemporality = this.reader.selectAggregationTemporality(InstrumentType.OBSERVABLE_GAUGE);
    for (const { metrics } of result.resourceMetrics.scopeMetrics) {
      metrics.forEach((metric, i) => {
        if (metric.dataPointType === DataPointType.GAUGE) metrics[i] = { ...metric, aggregationTemporality };
      });
    }
    return result;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
