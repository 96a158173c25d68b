import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  InstrumentType,
  MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { DEFAULT_CARDINALITY_LIMIT } from '../catalog/definition';
import { TEMPORALITY } from '../collection/enums';
import type { SliceProducer } from '../collection/slices';

/** The reader of a process whose metrics another one serves. What it reads is sent by a client that is created for it. */
export class WorkerReader implements IMetricReader {
  private producer: SliceProducer | undefined;

  /**
   * @param aggregation that of the reader which serves, so that all processes have the same kinds of points
   * @param hooks called with the producer, and when the provider is flushed and shut down
   */
  constructor(
    private readonly aggregation: (type: InstrumentType) => AggregationOption,
    private readonly hooks: {
      readonly start: (producer: SliceProducer) => void;
      readonly flush: () => Promise<void>;
      readonly shutdown: () => Promise<void>;
    },
  ) {}

  setMetricProducer(producer: MetricProducer): void {
    this.producer = producer as SliceProducer;
    this.hooks.start(this.producer);
  }

  selectAggregation(type: InstrumentType): AggregationOption {
    return this.aggregation(type);
  }

  selectAggregationTemporality(): AggregationTemporality {
    return TEMPORALITY.CUMULATIVE;
  }

  selectCardinalityLimit(): number {
    return DEFAULT_CARDINALITY_LIMIT;
  }

  async collect(): Promise<CollectionResult> {
    if (this.producer === undefined) throw new Error('the reader belongs to no MeterProvider yet');
    return this.producer.collect();
  }

  forceFlush(): Promise<void> {
    return this.hooks.flush();
  }

  shutdown(): Promise<void> {
    return this.hooks.shutdown();
  }
}
