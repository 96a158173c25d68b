import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  InstrumentType,
  MetricCollectOptions,
  MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { SliceProducer } from '../collection/slices';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';

/** Gives a reader another producer than the one of the provider, at once or later. */
export class AttachedReader implements IMetricReader {
  private own: SliceProducer | undefined;
  private isActive = false;

  /**
   * @param wrap returns the producer for the reader, given that of the provider
   * @param startsNow whether the reader begins as soon as it belongs to a provider, or by {@link activate}
   */
  constructor(
    private readonly reader: IMetricReader,
    private readonly wrap: (own: SliceProducer) => MetricProducer,
    private readonly startsNow: boolean,
  ) {}

  setMetricProducer(producer: MetricProducer): void {
    this.own = producer as SliceProducer;
    if (this.startsNow) this.activate();
  }

  /**
   * Begins to read.
   *
   * @param leavesOut whether what was recorded until now was sent by another process: deltas begin now
   */
  activate(leavesOut = false): void {
    if (this.isActive || this.own === undefined) return;
    this.isActive = true;
    // Takes the deltas until now, those that callbacks observe included.
    if (leavesOut) {
      this.own.collectSlices().catch((error) => {
        report('processes', `what another process has sent cannot be left out: ${errorMessage(error)}`);
      });
    }
    this.reader.setMetricProducer(this.wrap(this.own));
  }

  selectAggregation(type: InstrumentType): AggregationOption {
    return this.reader.selectAggregation(type);
  }

  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    return this.reader.selectAggregationTemporality(type);
  }

  selectCardinalityLimit(type: InstrumentType): number {
    return this.reader.selectCardinalityLimit(type);
  }

  collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return this.reader.collect(options);
  }

  async forceFlush(options?: Parameters<IMetricReader['forceFlush']>[0]): Promise<void> {
    if (this.isActive) await this.reader.forceFlush(options);
  }

  async shutdown(options?: Parameters<IMetricReader['shutdown']>[0]): Promise<void> {
    if (this.isActive) await this.reader.shutdown(options);
  }
}
