import type { ObservableResult } from '@opentelemetry/api';
import {
  type AggregationOption,
  AggregationTemporality,
  AggregationType,
  type CollectionResult,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import type { CollectedPoint } from '../../src/collection/points';
import type { SliceProducer } from '../../src/collection/slices';
import { MeterProvider, type MeterProviderOptions } from '../../src/engine/meter-provider';
import type { CapableMeter } from '../../src/instruments/capabilities';

export const { CUMULATIVE, DELTA } = AggregationTemporality;

/** A stock reader that collects on demand. */
export class TestReader extends MetricReader {
  producer!: SliceProducer;
  shutdowns = 0;

  constructor(temporality = CUMULATIVE, limit?: number, aggregation?: AggregationOption) {
    super({
      aggregationTemporalitySelector: () => temporality,
      aggregationSelector: () => aggregation ?? { type: AggregationType.DEFAULT },
      ...(limit === undefined ? {} : { cardinalitySelector: () => limit }),
    });
  }

  override setMetricProducer(producer: SliceProducer): void {
    this.producer = producer;
    super.setMetricProducer(producer);
  }

  /** Returns the points of the metrics of a name, as they are collected now. */
  async points(name: string, timeoutMillis?: number): Promise<CollectedPoint[]> {
    const result = await this.collect(timeoutMillis === undefined ? {} : { timeoutMillis });
    return allMetrics(result)
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as CollectedPoint[]);
  }

  /** Returns the values of a metric by the value of its only attribute; that of the overflow point is `overflow`. */
  async values(name: string, timeoutMillis?: number): Promise<Record<string, unknown>> {
    const points = await this.points(name, timeoutMillis);
    return Object.fromEntries(points.map(({ attributes, value }) => [label(attributes), value]));
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {
    this.shutdowns++;
  }
}

function label(attributes: CollectedPoint['attributes']): string {
  if (attributes['otel.metric.overflow'] === true) return 'overflow';
  return Object.values(attributes).map(String).join();
}

export function allMetrics({ resourceMetrics }: CollectionResult) {
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
}

export interface TestProvider<R extends TestReader | readonly TestReader[]> {
  readonly provider: MeterProvider;
  readonly meter: CapableMeter;
  readonly reader: R;
}

/** Creates a provider with one reader. */
export function setUp(options: MeterProviderOptions = {}, reader = new TestReader()): TestProvider<TestReader> {
  const provider = new MeterProvider({ ...options, readers: [reader] });
  return { provider, meter: provider.getMeter('test'), reader };
}

export const millis = ([seconds, nanoseconds]: readonly [number, number] | [number, number]): number =>
  seconds * 1000 + nanoseconds / 1e6;

/**
 * Registers a callback of an asynchronous counter `o`, which is given a total that has grown by 10 each time it is called. Returns
 * what reads the total.
 */
export function observeGrowth(
  readers: readonly TestReader[],
  observe: (result: ObservableResult, total: number) => void,
): () => number {
  let total = 0;
  const meter = new MeterProvider({ readers: [...readers] }).getMeter('m');
  meter.createObservableCounter('o').addCallback((result) => {
    total += 10;
    observe(result, total);
  });
  return () => total;
}
