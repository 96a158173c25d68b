import { type InstrumentSource, type Outcome, time } from '../instruments';
import { Facade } from '../instruments/facade';
import {
  type BackendLabel,
  type CacheLayerLabel,
  catalog,
  type OperationLabel,
  ResultLabel,
  type StrategyLabel,
  type WindowTypeLabel,
} from './generated/stream-processor';

export {
  BackendLabel,
  CacheLayerLabel,
  OperationLabel,
  ResultLabel,
  StrategyLabel,
  WindowTypeLabel,
} from './generated/stream-processor';

/** The metrics of the stream processor (document: Prometheus Metrics for Stream Processor). Durations are in seconds. */
export class StreamProcessor extends Facade<typeof catalog> {
  private readonly processed = this.instruments.eventsProcessed.bindAll();
  private readonly processingDuration = this.instruments.eventProcessingDurationSeconds.bindAll();
  private readonly windowsCreated = this.instruments.windowsCreated.bindAll();
  private readonly windowsTriggered = this.instruments.windowsTriggered.bindAll();
  private readonly windowsActive = this.instruments.windowsActive.bindAll();
  private readonly windowSize = this.instruments.windowSizeEvents.bindAll();
  private readonly cacheHits = this.instruments.stateCacheHits.bindAll();
  private readonly cacheMisses = this.instruments.stateCacheMisses.bindAll();
  private readonly fills = this.instruments.normalizationFillOperations.bindAll();

  constructor(meter?: InstrumentSource) {
    super(catalog, meter);
  }

  recordEventReceived(): void {
    this.instruments.eventsReceived.add(1);
  }

  recordEventProcessed(result: ResultLabel): void {
    this.processed.of(result).add(1);
  }

  recordEventProcessingDuration(seconds: number, result: ResultLabel): void {
    this.processingDuration.of(result).record(seconds);
  }

  /** Runs the processing of one event and records its result, `success` or `error`, and its duration. */
  timeEventProcessing<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return time(work, (seconds, outcome) => {
      this.recordEventProcessed(RESULTS[outcome]);
      this.recordEventProcessingDuration(seconds, RESULTS[outcome]);
    });
  }

  setPipelineLag(seconds: number): void {
    this.instruments.pipelineLagSeconds.record(seconds);
  }

  setBackpressureEvents(count: number): void {
    this.instruments.backpressureEvents.record(count);
  }

  recordWindowCreated(windowType: WindowTypeLabel): void {
    this.windowsCreated.of(windowType).add(1);
  }

  recordWindowTriggered(windowType: WindowTypeLabel): void {
    this.windowsTriggered.of(windowType).add(1);
  }

  setWindowsActive(windowType: WindowTypeLabel, count: number): void {
    this.windowsActive.of(windowType).record(count);
  }

  /** @param size events in the window */
  recordWindowSize(windowType: WindowTypeLabel, size: number): void {
    this.windowSize.of(windowType).record(size);
  }

  recordLateEvent(): void {
    this.instruments.lateEvents.add(1);
  }

  recordAggregationComputed(aggregateType: string): void {
    this.instruments.aggregationsComputed.add(1, { aggregate_type: aggregateType });
  }

  recordAggregationDuration(aggregateType: string, seconds: number): void {
    this.instruments.aggregationDurationSeconds.record(seconds, { aggregate_type: aggregateType });
  }

  recordAggregationError(aggregateType: string): void {
    this.instruments.aggregationErrors.add(1, { aggregate_type: aggregateType });
  }

  /** Counts a state operation and records its duration. */
  recordStateOperation(operation: OperationLabel, backend: BackendLabel, seconds: number): void {
    const labels = { operation, backend };
    this.instruments.stateOperations.add(1, labels);
    this.instruments.stateOperationDurationSeconds.record(seconds, labels);
  }

  /** Runs a state operation and records it, also when it fails. */
  timeStateOperation<T>(operation: OperationLabel, backend: BackendLabel, work: () => T | PromiseLike<T>): Promise<T> {
    return time(work, (seconds) => this.recordStateOperation(operation, backend, seconds));
  }

  recordStateCacheHit(layer: CacheLayerLabel): void {
    this.cacheHits.of(layer).add(1);
  }

  recordStateCacheMiss(layer: CacheLayerLabel): void {
    this.cacheMisses.of(layer).add(1);
  }

  setStateSizeBytes(backend: BackendLabel, bytes: number): void {
    this.instruments.stateSizeBytes.record(bytes, { backend });
  }

  recordStateEviction(backend: BackendLabel): void {
    this.instruments.stateEvictions.add(1, { backend });
  }

  /** Counts a check for duplicates, and the duplicate where there was one. */
  recordDedupCheck(isDuplicate: boolean): void {
    this.instruments.dedupEventsChecked.add(1);
    if (isDuplicate) this.instruments.dedupDuplicatesFound.add(1);
  }

  setDedupCacheSize(count: number): void {
    this.instruments.dedupCacheSize.record(count);
  }

  recordDedupCacheEviction(): void {
    this.instruments.dedupCacheEvictions.add(1);
  }

  recordNormalizationEvent(): void {
    this.instruments.normalizationEvents.add(1);
  }

  recordNormalizationFill(strategy: StrategyLabel): void {
    this.fills.of(strategy).add(1);
  }

  recordNormalizationGapFilled(): void {
    this.instruments.normalizationGapsFilled.add(1);
  }

  recordNormalizationOutlier(): void {
    this.instruments.normalizationOutliersDetected.add(1);
  }

  setWatermarkLag(seconds: number): void {
    this.instruments.watermarkLagSeconds.record(seconds);
  }

  recordWatermarkUpdate(): void {
    this.instruments.watermarkUpdates.add(1);
  }

  recordOutOfOrderEvent(): void {
    this.instruments.outOfOrderEvents.add(1);
  }

  recordKafkaMessageConsumed(topic: string, partition: number): void {
    this.instruments.kafkaMessagesConsumed.add(1, { topic, partition });
  }

  recordKafkaMessageProduced(topic: string, partition: number): void {
    this.instruments.kafkaMessagesProduced.add(1, { topic, partition });
  }

  /** @param messages how far the consumer is behind */
  setKafkaConsumerLag(topic: string, partition: number, messages: number): void {
    this.instruments.kafkaConsumerLag.record(messages, { topic, partition });
  }

  recordKafkaOffsetCommitError(topic: string, partition: number): void {
    this.instruments.kafkaOffsetCommitErrors.add(1, { topic, partition });
  }

  recordPipelineError(errorType: string): void {
    this.instruments.pipelineErrors.add(1, { error_type: errorType });
  }

  setPipelineOperatorsActive(count: number): void {
    this.instruments.pipelineOperatorsActive.record(count);
  }

  recordOperatorDuration(operator: string, seconds: number): void {
    this.instruments.operatorDurationSeconds.record(seconds, { operator });
  }
}

const RESULTS: { readonly [O in Outcome]: ResultLabel } = { success: ResultLabel.Success, error: ResultLabel.Error };

/** The stream processor's metrics on the SDK that is registered with the OpenTelemetry API. */
export const streamProcessor = new StreamProcessor();
