// Generated from the registry allsource. Do not edit: change its metrics.yaml, then run "meterbridge generate".
import { defineCatalog } from '../../catalog/define';

/** The HTTP method in upper case. */
export const MethodLabel = {
  /** GET */
  Get: 'GET',
  /** HEAD */
  Head: 'HEAD',
  /** POST */
  Post: 'POST',
  /** PUT */
  Put: 'PUT',
  /** PATCH */
  Patch: 'PATCH',
  /** DELETE */
  Delete: 'DELETE',
  /** OPTIONS */
  Options: 'OPTIONS',
  /** TRACE */
  Trace: 'TRACE',
  /** CONNECT */
  Connect: 'CONNECT',
  /** QUERY */
  Query: 'QUERY',
  /** Any other method. */
  Other: '_OTHER',
} as const;

/** A value of {@link MethodLabel}. */
export type MethodLabel = (typeof MethodLabel)[keyof typeof MethodLabel];

/** Metrics of the core of the AllSource event store. The document announces 49 metrics and names 41, which are all defined here. */
export const catalog = defineCatalog({
  name: 'allsource',
  version: '1.0.0',
  schemaUrl: 'https://meterbridge.example/schemas/allsource/1.0.0',
  metrics: {
    /** `allsource_events_ingested_total`: Total events ingested. */
    eventsIngestedTotal: {
      name: 'allsource_events_ingested_total',
      instrument: 'counter',
      description: 'Total events ingested',
      unit: '{event}',
      section: 'Event Ingestion',
    },
    /** `allsource_events_ingested_by_type`: Events by type (labeled). */
    eventsIngestedByType: {
      name: 'allsource_events_ingested_by_type',
      instrument: 'counter',
      description: 'Events by type (labeled)',
      unit: '{event}',
      section: 'Event Ingestion',
      labels: { event_type: 'string' },
    },
    /** `allsource_ingestion_duration_seconds`: Ingestion latency histogram. */
    ingestionDurationSeconds: {
      name: 'allsource_ingestion_duration_seconds',
      instrument: 'histogram',
      description: 'Ingestion latency histogram',
      unit: 's',
      section: 'Event Ingestion',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_ingestion_errors_total`: Ingestion errors. */
    ingestionErrorsTotal: {
      name: 'allsource_ingestion_errors_total',
      instrument: 'counter',
      description: 'Ingestion errors',
      unit: '{error}',
      section: 'Event Ingestion',
    },
    /** `allsource_queries_total`: Total queries by type. */
    queriesTotal: {
      name: 'allsource_queries_total',
      instrument: 'counter',
      description: 'Total queries by type',
      unit: '{query}',
      section: 'Query Performance',
      labels: { query_type: 'string' },
    },
    /** `allsource_query_duration_seconds`: Query latency histogram. */
    queryDurationSeconds: {
      name: 'allsource_query_duration_seconds',
      instrument: 'histogram',
      description: 'Query latency histogram',
      unit: 's',
      section: 'Query Performance',
      labels: { query_type: 'string' },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_query_results_total`: Results returned by query type. The number of results of the last query of the type. */
    queryResultsTotal: {
      name: 'allsource_query_results_total',
      instrument: 'gauge',
      description: 'Results returned by query type',
      unit: '{result}',
      section: 'Query Performance',
      labels: { query_type: 'string' },
      merge: 'last',
    },
    /** `allsource_storage_events_total`: Total events in storage. */
    storageEventsTotal: {
      name: 'allsource_storage_events_total',
      instrument: 'gauge',
      description: 'Total events in storage',
      unit: '{event}',
      section: 'Storage',
      merge: 'sum',
    },
    /** `allsource_storage_entities_total`: Total entities. */
    storageEntitiesTotal: {
      name: 'allsource_storage_entities_total',
      instrument: 'gauge',
      description: 'Total entities',
      unit: '{entity}',
      section: 'Storage',
      merge: 'sum',
    },
    /** `allsource_storage_size_bytes`: Storage size. */
    storageSizeBytes: {
      name: 'allsource_storage_size_bytes',
      instrument: 'gauge',
      description: 'Storage size',
      unit: 'By',
      section: 'Storage',
      merge: 'sum',
    },
    /** `allsource_parquet_files_total`: Parquet file count. */
    parquetFilesTotal: {
      name: 'allsource_parquet_files_total',
      instrument: 'gauge',
      description: 'Parquet file count',
      unit: '{file}',
      section: 'Storage',
      merge: 'sum',
    },
    /** `allsource_wal_segments_total`: WAL segment count. */
    walSegmentsTotal: {
      name: 'allsource_wal_segments_total',
      instrument: 'gauge',
      description: 'WAL segment count',
      unit: '{segment}',
      section: 'Storage',
      merge: 'sum',
    },
    /** `allsource_projection_events_processed`: Events by projection. Successes only. Errors are counted in `allsource_projection_errors_total`. */
    projectionEventsProcessed: {
      name: 'allsource_projection_events_processed',
      instrument: 'counter',
      description: 'Events by projection',
      unit: '{event}',
      section: 'Projections',
      labels: { projection: 'string' },
    },
    /** `allsource_projection_errors_total`: Errors by projection. */
    projectionErrorsTotal: {
      name: 'allsource_projection_errors_total',
      instrument: 'counter',
      description: 'Errors by projection',
      unit: '{error}',
      section: 'Projections',
      labels: { projection: 'string' },
    },
    /** `allsource_projection_processing_duration_seconds`: Processing latency. */
    projectionProcessingDurationSeconds: {
      name: 'allsource_projection_processing_duration_seconds',
      instrument: 'histogram',
      description: 'Processing latency',
      unit: 's',
      section: 'Projections',
      labels: { projection: 'string' },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_schemas_registered_total`: Total schemas. */
    schemasRegisteredTotal: {
      name: 'allsource_schemas_registered_total',
      instrument: 'counter',
      description: 'Total schemas',
      unit: '{schema}',
      section: 'Schema Registry',
    },
    /** `allsource_schema_validations_total`: Validations by subject/result. */
    schemaValidationsTotal: {
      name: 'allsource_schema_validations_total',
      instrument: 'counter',
      description: 'Validations by subject/result',
      unit: '{validation}',
      section: 'Schema Registry',
      labels: { subject: 'string', result: 'string' },
    },
    /** `allsource_schema_validation_duration_seconds`: Validation latency. */
    schemaValidationDurationSeconds: {
      name: 'allsource_schema_validation_duration_seconds',
      instrument: 'histogram',
      description: 'Validation latency',
      unit: 's',
      section: 'Schema Registry',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_replays_started_total`: Replays started. */
    replaysStartedTotal: {
      name: 'allsource_replays_started_total',
      instrument: 'counter',
      description: 'Replays started',
      unit: '{replay}',
      section: 'Event Replay',
    },
    /** `allsource_replays_completed_total`: Replays completed. */
    replaysCompletedTotal: {
      name: 'allsource_replays_completed_total',
      instrument: 'counter',
      description: 'Replays completed',
      unit: '{replay}',
      section: 'Event Replay',
    },
    /** `allsource_replays_failed_total`: Replays failed. */
    replaysFailedTotal: {
      name: 'allsource_replays_failed_total',
      instrument: 'counter',
      description: 'Replays failed',
      unit: '{replay}',
      section: 'Event Replay',
    },
    /** `allsource_replay_events_processed`: Events replayed. */
    replayEventsProcessed: {
      name: 'allsource_replay_events_processed',
      instrument: 'counter',
      description: 'Events replayed',
      unit: '{event}',
      section: 'Event Replay',
    },
    /** `allsource_replay_duration_seconds`: Replay duration. */
    replayDurationSeconds: {
      name: 'allsource_replay_duration_seconds',
      instrument: 'histogram',
      description: 'Replay duration',
      unit: 's',
      section: 'Event Replay',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_pipelines_registered_total`: Active pipelines. */
    pipelinesRegisteredTotal: {
      name: 'allsource_pipelines_registered_total',
      instrument: 'gauge',
      description: 'Active pipelines',
      unit: '{pipeline}',
      section: 'Stream Pipelines',
      merge: 'sum',
    },
    /** `allsource_pipeline_events_processed`: Events by pipeline. Filtered events are counted too. */
    pipelineEventsProcessed: {
      name: 'allsource_pipeline_events_processed',
      instrument: 'counter',
      description: 'Events by pipeline',
      unit: '{event}',
      section: 'Stream Pipelines',
      labels: { pipeline: 'string' },
    },
    /** `allsource_pipeline_events_filtered`: Filtered events. */
    pipelineEventsFiltered: {
      name: 'allsource_pipeline_events_filtered',
      instrument: 'counter',
      description: 'Filtered events',
      unit: '{event}',
      section: 'Stream Pipelines',
      labels: { pipeline: 'string' },
    },
    /** `allsource_pipeline_processing_duration_seconds`: Pipeline latency. */
    pipelineProcessingDurationSeconds: {
      name: 'allsource_pipeline_processing_duration_seconds',
      instrument: 'histogram',
      description: 'Pipeline latency',
      unit: 's',
      section: 'Stream Pipelines',
      labels: { pipeline: 'string' },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_snapshots_created_total`: Snapshots created. */
    snapshotsCreatedTotal: {
      name: 'allsource_snapshots_created_total',
      instrument: 'counter',
      description: 'Snapshots created',
      unit: '{snapshot}',
      section: 'Snapshots',
    },
    /** `allsource_snapshot_creation_duration_seconds`: Creation duration. */
    snapshotCreationDurationSeconds: {
      name: 'allsource_snapshot_creation_duration_seconds',
      instrument: 'histogram',
      description: 'Creation duration',
      unit: 's',
      section: 'Snapshots',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_snapshots_total`: Total snapshots. */
    snapshotsTotal: {
      name: 'allsource_snapshots_total',
      instrument: 'gauge',
      description: 'Total snapshots',
      unit: '{snapshot}',
      section: 'Snapshots',
      merge: 'sum',
    },
    /** `allsource_compactions_total`: Compactions performed. */
    compactionsTotal: {
      name: 'allsource_compactions_total',
      instrument: 'counter',
      description: 'Compactions performed',
      unit: '{compaction}',
      section: 'Compaction',
    },
    /** `allsource_compaction_duration_seconds`: Compaction duration. */
    compactionDurationSeconds: {
      name: 'allsource_compaction_duration_seconds',
      instrument: 'histogram',
      description: 'Compaction duration',
      unit: 's',
      section: 'Compaction',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_compaction_files_merged`: Files merged. */
    compactionFilesMerged: {
      name: 'allsource_compaction_files_merged',
      instrument: 'counter',
      description: 'Files merged',
      unit: '{file}',
      section: 'Compaction',
    },
    /** `allsource_compaction_bytes_saved`: Bytes saved. */
    compactionBytesSaved: {
      name: 'allsource_compaction_bytes_saved',
      instrument: 'counter',
      description: 'Bytes saved',
      unit: 'By',
      section: 'Compaction',
    },
    /** `allsource_websocket_connections_active`: Active connections. */
    websocketConnectionsActive: {
      name: 'allsource_websocket_connections_active',
      instrument: 'updowncounter',
      description: 'Active connections',
      unit: '{connection}',
      section: 'WebSocket',
    },
    /** `allsource_websocket_connections_total`: Total connections. */
    websocketConnectionsTotal: {
      name: 'allsource_websocket_connections_total',
      instrument: 'counter',
      description: 'Total connections',
      unit: '{connection}',
      section: 'WebSocket',
    },
    /** `allsource_websocket_messages_sent`: Messages sent. */
    websocketMessagesSent: {
      name: 'allsource_websocket_messages_sent',
      instrument: 'counter',
      description: 'Messages sent',
      unit: '{message}',
      section: 'WebSocket',
    },
    /** `allsource_websocket_errors_total`: WebSocket errors. */
    websocketErrorsTotal: {
      name: 'allsource_websocket_errors_total',
      instrument: 'counter',
      description: 'WebSocket errors',
      unit: '{error}',
      section: 'WebSocket',
    },
    /** `allsource_http_requests_total`: Requests by method/endpoint/status. */
    httpRequestsTotal: {
      name: 'allsource_http_requests_total',
      instrument: 'counter',
      description: 'Requests by method/endpoint/status',
      unit: '{request}',
      section: 'HTTP/System',
      labels: { method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', '_OTHER'], endpoint: 'string', status: 'string' },
    },
    /** `allsource_http_request_duration_seconds`: Request duration. */
    httpRequestDurationSeconds: {
      name: 'allsource_http_request_duration_seconds',
      instrument: 'histogram',
      description: 'Request duration',
      unit: 's',
      section: 'HTTP/System',
      labels: { method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', '_OTHER'], endpoint: 'string' },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `allsource_http_requests_in_flight`: In-flight requests. */
    httpRequestsInFlight: {
      name: 'allsource_http_requests_in_flight',
      instrument: 'updowncounter',
      description: 'In-flight requests',
      unit: '{request}',
      section: 'HTTP/System',
    },
  },
});
