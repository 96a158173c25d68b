import { Facade } from '../instruments/facade';
import type { MeterLike } from '../instruments/instrument-types';
import { measure, type Outcome, type Timed } from '../instruments/timer';
import { WorkTimer } from '../instruments/work-timer';
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

/**
 * The metrics of the stream processor. Durations are in seconds; counts are at least 0. Family names begin with
 * `processor_`.
 *
 * Source: stream-processor document, "Prometheus Metrics for Stream Processor", Metrics Categories.
 */
export class StreamProcessor extends Facade<typeof catalog> {
  private readonly stateOperations = this.instruments.stateOperations.byValues('operation', 'backend');
  private readonly stateDurations = this.instruments.stateOperationDurationSeconds.byValues('operation', 'backend');

  constructor(meter?: MeterLike) {
    super(catalog, meter);
  }

  /** Increments `events_received` (section Stream Processing). */
  recordEventReceived(): void {
    this.instruments.eventsReceived.inc();
  }

  /** Increments `events_processed` (section Stream Processing). */
  recordEventProcessed(result: ResultLabel): void {
    this.instruments.eventsProcessed.byValue(result).inc();
  }

  /** Records in `event_processing_duration_seconds` (section Stream Processing). */
  recordEventProcessingDuration(seconds: number, result: ResultLabel): void {
    this.instruments.eventProcessingDurationSeconds.byValue(result).record(seconds);
  }

  /**
   * Runs the processing of one event, synchronous or asynchronous, and records its result and its duration. The result is
   * `error` if the work fails.
   *
   * @param resultOf returns the result for what `work` returns; `success` by default
   * @returns what `work` returns
   */
  timeEventProcessing<R>(work: () => R, resultOf?: (value: Awaited<R>) => ResultLabel): Timed<R> {
    const timer = this.startEventProcessing();
    return measure(work, (_, outcome, value) => {
      timer.stop(outcome === 'error' ? ResultLabel.Error : (resultOf?.(value as Awaited<R>) ?? ResultLabel.Success));
    });
  }

  /** Starts a timer of the processing of one event. Stopping it records the result and the duration. */
  startEventProcessing(): WorkTimer<ResultLabel> {
    return new WorkTimer((seconds, result) => {
      this.recordEventProcessed(result);
      this.recordEventProcessingDuration(seconds, result);
    }, ResultLabel.Error);
  }

  /** Sets `pipeline_lag_seconds` (section Stream Processing). */
  setPipelineLag(seconds: number): void {
    this.instruments.pipelineLagSeconds.record(seconds);
  }

  /** Sets `backpressure_events`, the number of events that wait (section Stream Processing). */
  setBackpressureEvents(count: number): void {
    this.instruments.backpressureEvents.record(count);
  }

  /** Increments `windows_created` (section Windows). */
  recordWindowCreated(windowType: WindowTypeLabel): void {
    this.instruments.windowsCreated.byValue(windowType).inc();
  }

  /** Increments `windows_triggered` (section Windows). */
  recordWindowTriggered(windowType: WindowTypeLabel): void {
    this.instruments.windowsTriggered.byValue(windowType).inc();
  }

  /** Sets `windows_active` (section Windows). */
  setWindowsActive(windowType: WindowTypeLabel, count: number): void {
    this.instruments.windowsActive.byValue(windowType).record(count);
  }

  /**
   * Records in `window_size_events` (section Windows).
   *
   * @param size the number of events in the window
   */
  recordWindowSize(windowType: WindowTypeLabel, size: number): void {
    this.instruments.windowSizeEvents.byValue(windowType).record(size);
  }

  /** Increments `late_events` (section Windows). */
  recordLateEvent(): void {
    this.instruments.lateEvents.inc();
  }

  /** Increments `aggregations_computed` (section Aggregations). */
  recordAggregationComputed(aggregateType: string): void {
    this.instruments.aggregationsComputed.inc({ aggregate_type: aggregateType });
  }

  /** Records in `aggregation_duration_seconds` (section Aggregations). */
  recordAggregationDuration(aggregateType: string, seconds: number): void {
    this.instruments.aggregationDurationSeconds.record(seconds, { aggregate_type: aggregateType });
  }

  /** Increments `aggregation_errors` (section Aggregations). */
  recordAggregationError(aggregateType: string): void {
    this.instruments.aggregationErrors.inc({ aggregate_type: aggregateType });
  }

  /**
   * Runs the computation of an aggregation, synchronous or asynchronous, and records the computation or the error, and the
   * duration.
   *
   * @returns what `work` returns
   */
  timeAggregation<R>(aggregateType: string, work: () => R): Timed<R> {
    const timer = this.startAggregation(aggregateType);
    return measure(work, (_, outcome) => timer.stop(outcome));
  }

  /** Starts a timer of the computation of an aggregation. Stopping it records what {@link timeAggregation} records. */
  startAggregation(aggregateType: string): WorkTimer<Outcome> {
    return new WorkTimer((seconds, outcome) => {
      if (outcome === 'success') this.recordAggregationComputed(aggregateType);
      else this.recordAggregationError(aggregateType);
      this.recordAggregationDuration(aggregateType, seconds);
    }, 'error');
  }

  /** Increments `state_operations` and records in `state_operation_duration_seconds` (section State Backend). */
  recordStateOperation(operation: OperationLabel, backend: BackendLabel, seconds: number): void {
    this.stateOperations(operation, backend).inc();
    this.stateDurations(operation, backend).record(seconds);
  }

  /**
   * Runs a state operation, synchronous or asynchronous, and records it, also if it fails.
   *
   * @returns what `work` returns
   */
  timeStateOperation<R>(operation: OperationLabel, backend: BackendLabel, work: () => R): Timed<R> {
    return measure(work, (seconds) => this.recordStateOperation(operation, backend, seconds));
  }

  /** Starts a timer of a state operation. Stopping it records the operation. */
  startStateOperation(operation: OperationLabel, backend: BackendLabel): WorkTimer {
    return new WorkTimer((seconds) => this.recordStateOperation(operation, backend, seconds), undefined);
  }

  /** Increments `state_cache_hits` (section State Backend). */
  recordStateCacheHit(layer: CacheLayerLabel): void {
    this.instruments.stateCacheHits.byValue(layer).inc();
  }

  /** Increments `state_cache_misses` (section State Backend). */
  recordStateCacheMiss(layer: CacheLayerLabel): void {
    this.instruments.stateCacheMisses.byValue(layer).inc();
  }

  /** Sets `state_size_bytes` (section State Backend). */
  setStateSizeBytes(backend: BackendLabel, bytes: number): void {
    this.instruments.stateSizeBytes.record(bytes, { backend });
  }

  /** Increments `state_evictions` (section State Backend). */
  recordStateEviction(backend: BackendLabel): void {
    this.instruments.stateEvictions.inc({ backend });
  }

  /** Increments `dedup_events_checked`, and `dedup_duplicates_found` for a duplicate (section Deduplication). */
  recordDedupCheck(isDuplicate: boolean): void {
    this.instruments.dedupEventsChecked.inc();
    if (isDuplicate) this.instruments.dedupDuplicatesFound.inc();
  }

  /** Sets `dedup_cache_size`, in entries (section Deduplication). */
  setDedupCacheSize(count: number): void {
    this.instruments.dedupCacheSize.record(count);
  }

  /** Increments `dedup_cache_evictions` (section Deduplication). */
  recordDedupCacheEviction(): void {
    this.instruments.dedupCacheEvictions.inc();
  }

  /** Increments `normalization_events` (section Normalization). */
  recordNormalizationEvent(): void {
    this.instruments.normalizationEvents.inc();
  }

  /** Increments `normalization_fill_operations` (section Normalization). */
  recordNormalizationFill(strategy: StrategyLabel): void {
    this.instruments.normalizationFillOperations.byValue(strategy).inc();
  }

  /** Increments `normalization_gaps_filled` (section Normalization). */
  recordNormalizationGapFilled(): void {
    this.instruments.normalizationGapsFilled.inc();
  }

  /** Increments `normalization_outliers_detected` (section Normalization). */
  recordNormalizationOutlier(): void {
    this.instruments.normalizationOutliersDetected.inc();
  }

  /** Sets `watermark_lag_seconds` (section Watermarks). */
  setWatermarkLag(seconds: number): void {
    this.instruments.watermarkLagSeconds.record(seconds);
  }

  /** Increments `watermark_updates` (section Watermarks). */
  recordWatermarkUpdate(): void {
    this.instruments.watermarkUpdates.inc();
  }

  /** Increments `out_of_order_events` (section Watermarks). */
  recordOutOfOrderEvent(): void {
    this.instruments.outOfOrderEvents.inc();
  }

  /** Increments `kafka_messages_consumed` (section Kafka). */
  recordKafkaMessageConsumed(topic: string, partition: number): void {
    this.instruments.kafkaMessagesConsumed.inc({ topic, partition });
  }

  /** Increments `kafka_messages_produced` (section Kafka). */
  recordKafkaMessageProduced(topic: string, partition: number): void {
    this.instruments.kafkaMessagesProduced.inc({ topic, partition });
  }

  /**
   * Sets `kafka_consumer_lag` (section Kafka).
   *
   * @param messages the number of messages that are not yet consumed
   */
  setKafkaConsumerLag(topic: string, partition: number, messages: number): void {
    this.instruments.kafkaConsumerLag.record(messages, { topic, partition });
  }

  /** Increments `kafka_offset_commit_errors` (section Kafka). */
  recordKafkaOffsetCommitError(topic: string, partition: number): void {
    this.instruments.kafkaOffsetCommitErrors.inc({ topic, partition });
  }

  /**
   * Increments `pipeline_errors` (section Pipeline).
   *
   * @param errorType one of a small number of kinds, such as `parse`; never a message
   */
  recordPipelineError(errorType: string): void {
    this.instruments.pipelineErrors.inc({ error_type: errorType });
  }

  /** Sets `pipeline_operators_active` (section Pipeline). */
  setPipelineOperatorsActive(count: number): void {
    this.instruments.pipelineOperatorsActive.record(count);
  }

  /** Records in `operator_duration_seconds` (section Pipeline). */
  recordOperatorDuration(operator: string, seconds: number): void {
    this.instruments.operatorDurationSeconds.record(seconds, { operator });
  }

  /**
   * Runs an operator, synchronous or asynchronous, and records its duration, also if it fails.
   *
   * @returns what `work` returns
   */
  timeOperator<R>(operator: string, work: () => R): Timed<R> {
    return measure(work, (seconds) => this.recordOperatorDuration(operator, seconds));
  }

  /** Starts a timer of an operator. Stopping it records the duration. */
  startOperator(operator: string): WorkTimer {
    return new WorkTimer((seconds) => this.recordOperatorDuration(operator, seconds), undefined);
  }
}

/** The metrics of the stream processor on the SDK that is registered with the OpenTelemetry API. */
export const streamProcessor = new StreamProcessor();
