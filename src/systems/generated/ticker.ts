// Generated from the registry ticker. Do not edit: change its metrics.yaml, then run "meterbridge generate".
import { defineCatalog } from '../../catalog/define';

/** A logical processor, or `total` for the mean of all of them. Other values are accepted too. */
export const CpuLabel = {
  Total: 'total',
} as const;

/** A value of {@link CpuLabel}, or any other string. */
export type CpuLabel = (typeof CpuLabel)[keyof typeof CpuLabel] | (string & {});

/** The part of the memory. */
export const MemoryTypeLabel = {
  /** Total less available. */
  Used: 'used',
  /** What the kernel reports as MemAvailable. */
  Available: 'available',
} as const;

/** A value of {@link MemoryTypeLabel}. */
export type MemoryTypeLabel = (typeof MemoryTypeLabel)[keyof typeof MemoryTypeLabel];

/** Always `total`. */
export const MemoryTotalTypeLabel = {
  /** The total memory. */
  Total: 'total',
} as const;

/** A value of {@link MemoryTotalTypeLabel}. */
export type MemoryTotalTypeLabel = (typeof MemoryTotalTypeLabel)[keyof typeof MemoryTotalTypeLabel];

/** The state of the worker. */
export const WorkerStatusLabel = {
  /** Waiting for work. */
  Idle: 'idle',
  /** Working. */
  InProgress: 'in_progress',
  /** The work is complete. */
  Completed: 'completed',
  /** Suspended. */
  Paused: 'paused',
  /** Stopped before the work was complete. */
  Stopped: 'stopped',
} as const;

/** A value of {@link WorkerStatusLabel}. */
export type WorkerStatusLabel = (typeof WorkerStatusLabel)[keyof typeof WorkerStatusLabel];

/** What was done with the worker. Other values are accepted too. */
export const OperationLabel = {
  /** The worker finished its work. */
  Completed: 'completed',
  /** The worker failed. */
  Failed: 'failed',
  /** The worker was started. */
  WorkerStart: 'worker_start',
} as const;

/** A value of {@link OperationLabel}, or any other string. */
export type OperationLabel = (typeof OperationLabel)[keyof typeof OperationLabel] | (string & {});

/** How the operation ended. */
export const OperationStatusLabel = {
  /** The operation succeeded. */
  Success: 'success',
  /** The operation failed. */
  Error: 'error',
  /** The caller was not authorized. */
  Unauthorized: 'unauthorized',
} as const;

/** A value of {@link OperationStatusLabel}. */
export type OperationStatusLabel = (typeof OperationStatusLabel)[keyof typeof OperationStatusLabel];

/** Which message queue. */
export const QueueTypeLabel = {
  /** The controller's inbox. */
  DagdaInbox: 'dagda_inbox',
  /** The workers' inboxes together. */
  WorkerInbox: 'worker_inbox',
} as const;

/** A value of {@link QueueTypeLabel}. */
export type QueueTypeLabel = (typeof QueueTypeLabel)[keyof typeof QueueTypeLabel];

/** The type of the message that a worker sent. Other values are accepted too. */
export const MessageTypeLabel = {
  /** A worker says that it is done. */
  Completed: 'completed',
  /** A worker says that it failed. */
  Failed: 'failed',
  /** A worker reports how far it is. */
  Progress: 'progress',
} as const;

/** A value of {@link MessageTypeLabel}, or any other string. */
export type MessageTypeLabel = (typeof MessageTypeLabel)[keyof typeof MessageTypeLabel] | (string & {});

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

/** Metrics of the ticker, a proof of concept for shards and workers under the Dagda controller. */
export const catalog = defineCatalog({
  name: 'ticker',
  version: '1.0.0',
  schemaUrl: 'https://meterbridge.example/schemas/ticker/1.0.0',
  metrics: {
    /** `system_cpu_usage_percent`: Real-time CPU usage across all cores. From 0 to 100. `total` is the mean of all cores. */
    systemCpuUsagePercent: {
      name: 'system_cpu_usage_percent',
      instrument: 'gauge',
      description: 'Real-time CPU usage across all cores',
      unit: '%',
      section: 'System Metrics',
      labels: { cpu: { known: ['total'] } },
      merge: 'mean',
    },
    /** `system_memory_usage_bytes`: Current memory utilization. */
    systemMemoryUsageBytes: {
      name: 'system_memory_usage_bytes',
      instrument: 'gauge',
      description: 'Current memory utilization',
      unit: 'By',
      section: 'System Metrics',
      labels: { type: ['used', 'available'] },
      initialize: false,
      merge: 'last',
    },
    /** `system_memory_total_bytes`: Total available system memory. */
    systemMemoryTotalBytes: {
      name: 'system_memory_total_bytes',
      instrument: 'gauge',
      description: 'Total available system memory',
      unit: 'By',
      section: 'System Metrics',
      labels: { type: ['total'] },
      initialize: false,
      merge: 'max',
    },
    /** `dagda_status`: Current state of the Dagda controller. 0: stopped, 1: running, 2: stopping. */
    dagdaStatus: {
      name: 'dagda_status',
      instrument: 'gauge',
      description: 'Current state of the Dagda controller',
      unit: '{status}',
      section: 'Dagda Controller Metrics',
      merge: 'last',
      states: ['stopped', 'running', 'stopping'],
    },
    /** `dagda_shards_total`: Number of active shards in the system. */
    dagdaShardsTotal: {
      name: 'dagda_shards_total',
      instrument: 'gauge',
      description: 'Number of active shards in the system',
      unit: '{shard}',
      section: 'Dagda Controller Metrics',
      merge: 'sum',
    },
    /** `dagda_workers_total`: Number of workers in each shard. */
    dagdaWorkersTotal: {
      name: 'dagda_workers_total',
      instrument: 'gauge',
      description: 'Number of workers in each shard',
      unit: '{worker}',
      section: 'Dagda Controller Metrics',
      labels: { shard_id: 'string' },
      merge: 'sum',
    },
    /** `dagda_workers_by_status`: Distribution of workers across different states. */
    dagdaWorkersByStatus: {
      name: 'dagda_workers_by_status',
      instrument: 'gauge',
      description: 'Distribution of workers across different states',
      unit: '{worker}',
      section: 'Dagda Controller Metrics',
      labels: { status: ['idle', 'in_progress', 'completed', 'paused', 'stopped'], shard_id: 'string' },
      merge: 'sum',
    },
    /** `dagda_worker_operations_total`: Cumulative count of worker operations and their outcomes. */
    dagdaWorkerOperationsTotal: {
      name: 'dagda_worker_operations_total',
      instrument: 'counter',
      description: 'Cumulative count of worker operations and their outcomes',
      unit: '{operation}',
      section: 'Worker Lifecycle Metrics',
      labels: { operation: { known: ['completed', 'failed', 'worker_start'] }, status: ['success', 'error', 'unauthorized'] },
    },
    /** `dagda_worker_ticks_total`: Number of ticks processed by each worker. */
    dagdaWorkerTicksTotal: {
      name: 'dagda_worker_ticks_total',
      instrument: 'counter',
      description: 'Number of ticks processed by each worker',
      unit: '{tick}',
      section: 'Worker Lifecycle Metrics',
      labels: { worker_id: 'string', blueprint: 'string' },
    },
    /** `dagda_worker_progress_ratio`: Completion percentage for each worker. From 0 to 1. A worker without work is at 0. */
    dagdaWorkerProgressRatio: {
      name: 'dagda_worker_progress_ratio',
      instrument: 'gauge',
      description: 'Completion percentage for each worker',
      unit: '1',
      section: 'Worker Lifecycle Metrics',
      labels: { worker_id: 'string', blueprint: 'string' },
      merge: 'last',
    },
    /** `dagda_message_queue_size`: Current size of message queues (proxy for backpressure). */
    dagdaMessageQueueSize: {
      name: 'dagda_message_queue_size',
      instrument: 'gauge',
      description: 'Current size of message queues (proxy for backpressure)',
      unit: '{message}',
      section: 'Backpressure and Performance Metrics',
      labels: { queue_type: ['dagda_inbox', 'worker_inbox'] },
      merge: 'sum',
    },
    /** `dagda_tick_processing_duration_seconds`: Time spent processing tick events. */
    dagdaTickProcessingDurationSeconds: {
      name: 'dagda_tick_processing_duration_seconds',
      instrument: 'histogram',
      description: 'Time spent processing tick events',
      unit: 's',
      section: 'Backpressure and Performance Metrics',
      labels: { shard_id: 'string' },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `dagda_worker_processing_duration_seconds`: Time spent processing different types of worker messages. */
    dagdaWorkerProcessingDurationSeconds: {
      name: 'dagda_worker_processing_duration_seconds',
      instrument: 'histogram',
      description: 'Time spent processing different types of worker messages',
      unit: 's',
      section: 'Backpressure and Performance Metrics',
      labels: { message_type: { known: ['completed', 'failed', 'progress'] } },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `http_requests_total`: Count of HTTP requests by method, endpoint, and status code. */
    httpRequestsTotal: {
      name: 'http_requests_total',
      instrument: 'counter',
      description: 'Count of HTTP requests by method, endpoint, and status code',
      unit: '{request}',
      section: 'HTTP Metrics',
      labels: { method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', '_OTHER'], endpoint: 'string', status: 'string' },
    },
    /** `http_request_duration_seconds`: Response time distribution for HTTP requests. */
    httpRequestDurationSeconds: {
      name: 'http_request_duration_seconds',
      instrument: 'histogram',
      description: 'Response time distribution for HTTP requests',
      unit: 's',
      section: 'HTTP Metrics',
      labels: { method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', '_OTHER'], endpoint: 'string' },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
  },
});
