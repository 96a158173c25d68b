// Generated from the registry stream-processor. Do not edit: change its metrics.yaml, then run "meterbridge generate".
import { defineCatalog } from '../../catalog/define';

/** The result of processing the event. */
export const ResultLabel = {
  /** The event was processed. */
  Success: 'success',
  /** Processing failed. */
  Error: 'error',
  /** The event was discarded. */
  Dropped: 'dropped',
  /** A filter excluded the event. */
  Filtered: 'filtered',
} as const;

/** A value of {@link ResultLabel}. */
export type ResultLabel = (typeof ResultLabel)[keyof typeof ResultLabel];

/** The type of the window. */
export const WindowTypeLabel = {
  /** Windows of a fixed length without overlap. */
  Tumbling: 'tumbling',
  /** Overlapping windows of a fixed length. */
  Sliding: 'sliding',
  /** A window that ends after a period without events. */
  Session: 'session',
} as const;

/** A value of {@link WindowTypeLabel}. */
export type WindowTypeLabel = (typeof WindowTypeLabel)[keyof typeof WindowTypeLabel];

/** The operation on the state. */
export const OperationLabel = {
  /** A value was read. */
  Get: 'get',
  /** A value was written. */
  Put: 'put',
  /** A value was deleted. */
  Delete: 'delete',
  /** A range of values was read. */
  Scan: 'scan',
} as const;

/** A value of {@link OperationLabel}. */
export type OperationLabel = (typeof OperationLabel)[keyof typeof OperationLabel];

/** The backend that stores the state. Other values are accepted too. */
export const BackendLabel = {
  /** A Redis server. */
  Redis: 'redis',
} as const;

/** A value of {@link BackendLabel}, or any other string. */
export type BackendLabel = (typeof BackendLabel)[keyof typeof BackendLabel] | (string & {});

/** The layer of the state cache. */
export const CacheLayerLabel = {
  /** The first layer. */
  L1: 'L1',
  /** The second layer. */
  L2: 'L2',
  /** The third layer. */
  L3: 'L3',
} as const;

/** A value of {@link CacheLayerLabel}. */
export type CacheLayerLabel = (typeof CacheLayerLabel)[keyof typeof CacheLayerLabel];

/** The strategy for filling a gap in a time series. */
export const StrategyLabel = {
  /** With the previous value. */
  Forward: 'forward',
  /** With the next value. */
  Backward: 'backward',
  /** By linear interpolation between the neighbouring values. */
  Linear: 'linear',
  /** With 0. */
  Zero: 'zero',
  /** The gap is not filled. */
  Drop: 'drop',
} as const;

/** A value of {@link StrategyLabel}. */
export type StrategyLabel = (typeof StrategyLabel)[keyof typeof StrategyLabel];

/** Metrics of the stream processor, from the events it receives to its windows, state, Kafka topics and operators. */
export const catalog = defineCatalog({
  name: 'stream-processor',
  version: '1.0.0',
  schemaUrl: 'https://meterbridge.example/schemas/stream-processor/1.0.0',
  metrics: {
    /** `processor_events_received`: Total number of events received by the processor. */
    eventsReceived: {
      name: 'processor_events_received',
      instrument: 'counter',
      description: 'Total number of events received by the processor',
      unit: '{event}',
      section: 'Stream Processing',
    },
    /** `processor_events_processed`: Total number of events processed by result. */
    eventsProcessed: {
      name: 'processor_events_processed',
      instrument: 'counter',
      description: 'Total number of events processed by result',
      unit: '{event}',
      section: 'Stream Processing',
      labels: { result: ['success', 'error', 'dropped', 'filtered'] },
    },
    /** `processor_event_processing_duration_seconds`: Duration of event processing. */
    eventProcessingDurationSeconds: {
      name: 'processor_event_processing_duration_seconds',
      instrument: 'histogram',
      description: 'Duration of event processing',
      unit: 's',
      section: 'Stream Processing',
      labels: { result: ['success', 'error', 'dropped', 'filtered'] },
      buckets: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384, 30],
    },
    /** `processor_pipeline_lag_seconds`: Current pipeline lag. */
    pipelineLagSeconds: {
      name: 'processor_pipeline_lag_seconds',
      instrument: 'gauge',
      description: 'Current pipeline lag',
      unit: 's',
      section: 'Stream Processing',
      merge: 'max',
    },
    /** `processor_backpressure_events`: Events waiting due to backpressure. */
    backpressureEvents: {
      name: 'processor_backpressure_events',
      instrument: 'gauge',
      description: 'Events waiting due to backpressure',
      unit: '{event}',
      section: 'Stream Processing',
      merge: 'sum',
    },
    /** `processor_windows_created`: Windows created by type (tumbling/sliding/session). */
    windowsCreated: {
      name: 'processor_windows_created',
      instrument: 'counter',
      description: 'Windows created by type (tumbling/sliding/session)',
      unit: '{window}',
      section: 'Windows',
      labels: { window_type: ['tumbling', 'sliding', 'session'] },
    },
    /** `processor_windows_triggered`: Windows triggered by type. */
    windowsTriggered: {
      name: 'processor_windows_triggered',
      instrument: 'counter',
      description: 'Windows triggered by type',
      unit: '{window}',
      section: 'Windows',
      labels: { window_type: ['tumbling', 'sliding', 'session'] },
    },
    /** `processor_windows_active`: Currently active windows. */
    windowsActive: {
      name: 'processor_windows_active',
      instrument: 'gauge',
      description: 'Currently active windows',
      unit: '{window}',
      section: 'Windows',
      labels: { window_type: ['tumbling', 'sliding', 'session'] },
      merge: 'sum',
    },
    /** `processor_window_size_events`: Distribution of window sizes. The size of a window is its number of events. */
    windowSizeEvents: {
      name: 'processor_window_size_events',
      instrument: 'histogram',
      description: 'Distribution of window sizes',
      unit: '{event}',
      section: 'Windows',
      labels: { window_type: ['tumbling', 'sliding', 'session'] },
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 10000],
    },
    /** `processor_late_events`: Late events arriving after watermark. */
    lateEvents: {
      name: 'processor_late_events',
      instrument: 'counter',
      description: 'Late events arriving after watermark',
      unit: '{event}',
      section: 'Windows',
    },
    /** `processor_aggregations_computed`: Aggregations computed by type. */
    aggregationsComputed: {
      name: 'processor_aggregations_computed',
      instrument: 'counter',
      description: 'Aggregations computed by type',
      unit: '{aggregation}',
      section: 'Aggregations',
      labels: { aggregate_type: 'string' },
    },
    /** `processor_aggregation_duration_seconds`: Aggregation computation duration. */
    aggregationDurationSeconds: {
      name: 'processor_aggregation_duration_seconds',
      instrument: 'histogram',
      description: 'Aggregation computation duration',
      unit: 's',
      section: 'Aggregations',
      labels: { aggregate_type: 'string' },
      buckets: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384, 30],
    },
    /** `processor_aggregation_errors`: Aggregation errors by type. */
    aggregationErrors: {
      name: 'processor_aggregation_errors',
      instrument: 'counter',
      description: 'Aggregation errors by type',
      unit: '{error}',
      section: 'Aggregations',
      labels: { aggregate_type: 'string' },
    },
    /** `processor_state_operations`: State operations (get/put/delete/scan). */
    stateOperations: {
      name: 'processor_state_operations',
      instrument: 'counter',
      description: 'State operations (get/put/delete/scan)',
      unit: '{operation}',
      section: 'State Backend',
      labels: { operation: ['get', 'put', 'delete', 'scan'], backend: { known: ['redis'] } },
    },
    /** `processor_state_operation_duration_seconds`: State operation duration. */
    stateOperationDurationSeconds: {
      name: 'processor_state_operation_duration_seconds',
      instrument: 'histogram',
      description: 'State operation duration',
      unit: 's',
      section: 'State Backend',
      labels: { operation: ['get', 'put', 'delete', 'scan'], backend: { known: ['redis'] } },
      buckets: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384, 30],
    },
    /** `processor_state_cache_hits`: Cache hits by layer (L1/L2/L3). */
    stateCacheHits: {
      name: 'processor_state_cache_hits',
      instrument: 'counter',
      description: 'Cache hits by layer (L1/L2/L3)',
      unit: '{hit}',
      section: 'State Backend',
      labels: { layer: ['L1', 'L2', 'L3'] },
    },
    /** `processor_state_cache_misses`: Cache misses by layer. */
    stateCacheMisses: {
      name: 'processor_state_cache_misses',
      instrument: 'counter',
      description: 'Cache misses by layer',
      unit: '{miss}',
      section: 'State Backend',
      labels: { layer: ['L1', 'L2', 'L3'] },
    },
    /** `processor_state_size_bytes`: Current state size in bytes. */
    stateSizeBytes: {
      name: 'processor_state_size_bytes',
      instrument: 'gauge',
      description: 'Current state size in bytes',
      unit: 'By',
      section: 'State Backend',
      labels: { backend: { known: ['redis'] } },
      merge: 'sum',
    },
    /** `processor_state_evictions`: State evictions by backend. */
    stateEvictions: {
      name: 'processor_state_evictions',
      instrument: 'counter',
      description: 'State evictions by backend',
      unit: '{eviction}',
      section: 'State Backend',
      labels: { backend: { known: ['redis'] } },
    },
    /** `processor_dedup_events_checked`: Events checked for deduplication. */
    dedupEventsChecked: {
      name: 'processor_dedup_events_checked',
      instrument: 'counter',
      description: 'Events checked for deduplication',
      unit: '{event}',
      section: 'Deduplication',
    },
    /** `processor_dedup_duplicates_found`: Duplicate events found. */
    dedupDuplicatesFound: {
      name: 'processor_dedup_duplicates_found',
      instrument: 'counter',
      description: 'Duplicate events found',
      unit: '{event}',
      section: 'Deduplication',
    },
    /** `processor_dedup_cache_size`: Current deduplication cache size. Counted in entries. */
    dedupCacheSize: {
      name: 'processor_dedup_cache_size',
      instrument: 'gauge',
      description: 'Current deduplication cache size',
      unit: '{entry}',
      section: 'Deduplication',
      merge: 'sum',
    },
    /** `processor_dedup_cache_evictions`: Deduplication cache evictions. */
    dedupCacheEvictions: {
      name: 'processor_dedup_cache_evictions',
      instrument: 'counter',
      description: 'Deduplication cache evictions',
      unit: '{eviction}',
      section: 'Deduplication',
    },
    /** `processor_normalization_events`: Events normalized. */
    normalizationEvents: {
      name: 'processor_normalization_events',
      instrument: 'counter',
      description: 'Events normalized',
      unit: '{event}',
      section: 'Normalization',
    },
    /** `processor_normalization_fill_operations`: Fill operations by strategy (forward/backward/linear/zero/drop). */
    normalizationFillOperations: {
      name: 'processor_normalization_fill_operations',
      instrument: 'counter',
      description: 'Fill operations by strategy (forward/backward/linear/zero/drop)',
      unit: '{operation}',
      section: 'Normalization',
      labels: { strategy: ['forward', 'backward', 'linear', 'zero', 'drop'] },
    },
    /** `processor_normalization_gaps_filled`: Gaps filled in time series. */
    normalizationGapsFilled: {
      name: 'processor_normalization_gaps_filled',
      instrument: 'counter',
      description: 'Gaps filled in time series',
      unit: '{gap}',
      section: 'Normalization',
    },
    /** `processor_normalization_outliers_detected`: Outliers detected. */
    normalizationOutliersDetected: {
      name: 'processor_normalization_outliers_detected',
      instrument: 'counter',
      description: 'Outliers detected',
      unit: '{outlier}',
      section: 'Normalization',
    },
    /** `processor_watermark_lag_seconds`: Current watermark lag. */
    watermarkLagSeconds: {
      name: 'processor_watermark_lag_seconds',
      instrument: 'gauge',
      description: 'Current watermark lag',
      unit: 's',
      section: 'Watermarks',
      merge: 'max',
    },
    /** `processor_watermark_updates`: Watermark updates. */
    watermarkUpdates: {
      name: 'processor_watermark_updates',
      instrument: 'counter',
      description: 'Watermark updates',
      unit: '{update}',
      section: 'Watermarks',
    },
    /** `processor_out_of_order_events`: Out-of-order events. */
    outOfOrderEvents: {
      name: 'processor_out_of_order_events',
      instrument: 'counter',
      description: 'Out-of-order events',
      unit: '{event}',
      section: 'Watermarks',
    },
    /** `processor_kafka_messages_consumed`: Messages consumed from Kafka. */
    kafkaMessagesConsumed: {
      name: 'processor_kafka_messages_consumed',
      instrument: 'counter',
      description: 'Messages consumed from Kafka',
      unit: '{message}',
      section: 'Kafka',
      labels: { topic: 'string', partition: 'string' },
    },
    /** `processor_kafka_messages_produced`: Messages produced to Kafka. */
    kafkaMessagesProduced: {
      name: 'processor_kafka_messages_produced',
      instrument: 'counter',
      description: 'Messages produced to Kafka',
      unit: '{message}',
      section: 'Kafka',
      labels: { topic: 'string', partition: 'string' },
    },
    /** `processor_kafka_consumer_lag`: Consumer lag in messages. */
    kafkaConsumerLag: {
      name: 'processor_kafka_consumer_lag',
      instrument: 'gauge',
      description: 'Consumer lag in messages',
      unit: '{message}',
      section: 'Kafka',
      labels: { topic: 'string', partition: 'string' },
      merge: 'last',
    },
    /** `processor_kafka_offset_commit_errors`: Offset commit errors. */
    kafkaOffsetCommitErrors: {
      name: 'processor_kafka_offset_commit_errors',
      instrument: 'counter',
      description: 'Offset commit errors',
      unit: '{error}',
      section: 'Kafka',
      labels: { topic: 'string', partition: 'string' },
    },
    /** `processor_pipeline_errors`: Pipeline errors by type. */
    pipelineErrors: {
      name: 'processor_pipeline_errors',
      instrument: 'counter',
      description: 'Pipeline errors by type',
      unit: '{error}',
      section: 'Pipeline',
      labels: { error_type: 'string' },
    },
    /** `processor_pipeline_operators_active`: Active pipeline operators. */
    pipelineOperatorsActive: {
      name: 'processor_pipeline_operators_active',
      instrument: 'gauge',
      description: 'Active pipeline operators',
      unit: '{operator}',
      section: 'Pipeline',
      merge: 'sum',
    },
    /** `processor_operator_duration_seconds`: Operator execution duration. */
    operatorDurationSeconds: {
      name: 'processor_operator_duration_seconds',
      instrument: 'histogram',
      description: 'Operator execution duration',
      unit: 's',
      section: 'Pipeline',
      labels: { operator: 'string' },
      buckets: [0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048, 4.096, 8.192, 16.384, 30],
    },
  },
});
