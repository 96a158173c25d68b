// Generated from the registry hodei. Do not edit: change its metrics.yaml, then run "meterbridge generate".
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

/** Metrics of the Hodei Jobs server. The document announces 17 metrics and names 18, which are all defined here. */
export const catalog = defineCatalog({
  name: 'hodei',
  version: '1.0.0',
  schemaUrl: 'https://meterbridge.example/schemas/hodei/1.0.0',
  metrics: {
    /** `hodei_jobs_scheduled_total`: Total number of jobs scheduled. */
    jobsScheduledTotal: {
      name: 'hodei_jobs_scheduled_total',
      instrument: 'counter',
      description: 'Total number of jobs scheduled',
      unit: '{job}',
      section: 'Job Metrics',
      labels: { tenant_id: 'string' },
    },
    /** `hodei_jobs_completed_total`: Counter of completed jobs. */
    jobsCompletedTotal: {
      name: 'hodei_jobs_completed_total',
      instrument: 'counter',
      description: 'Counter of completed jobs',
      unit: '{job}',
      section: 'Job Metrics',
      labels: { tenant_id: 'string' },
    },
    /** `hodei_jobs_failed_total`: Counter of failed jobs. */
    jobsFailedTotal: {
      name: 'hodei_jobs_failed_total',
      instrument: 'counter',
      description: 'Counter of failed jobs',
      unit: '{job}',
      section: 'Job Metrics',
      labels: { tenant_id: 'string', error_type: 'string' },
    },
    /** `hodei_jobs_queued`: Current number of jobs in queue. */
    jobsQueued: {
      name: 'hodei_jobs_queued',
      instrument: 'gauge',
      description: 'Current number of jobs in queue',
      unit: '{job}',
      section: 'Job Metrics',
      merge: 'sum',
    },
    /** `hodei_workers_registered_total`: Counter of total registered workers. */
    workersRegisteredTotal: {
      name: 'hodei_workers_registered_total',
      instrument: 'counter',
      description: 'Counter of total registered workers',
      unit: '{worker}',
      section: 'Worker Metrics',
    },
    /** `hodei_workers_healthy`: Current number of healthy workers. */
    workersHealthy: {
      name: 'hodei_workers_healthy',
      instrument: 'gauge',
      description: 'Current number of healthy workers',
      unit: '{worker}',
      section: 'Worker Metrics',
      merge: 'sum',
    },
    /** `hodei_workers_total`: Gauge of total workers. */
    workersTotal: {
      name: 'hodei_workers_total',
      instrument: 'gauge',
      description: 'Gauge of total workers',
      unit: '{worker}',
      section: 'Worker Metrics',
      merge: 'sum',
    },
    /** `hodei_scheduling_latency_seconds`: Histogram of scheduling decisions. The duration of a decision, whether or not it succeeded. */
    schedulingLatencySeconds: {
      name: 'hodei_scheduling_latency_seconds',
      instrument: 'histogram',
      description: 'Histogram of scheduling decisions',
      unit: 's',
      section: 'Scheduling Metrics',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `hodei_scheduling_decisions_total`: Counter of scheduling decisions. */
    schedulingDecisionsTotal: {
      name: 'hodei_scheduling_decisions_total',
      instrument: 'counter',
      description: 'Counter of scheduling decisions',
      unit: '{decision}',
      section: 'Scheduling Metrics',
      labels: { decision_type: 'string' },
    },
    /** `hodei_cpu_usage_percent`: CPU usage per worker. The percentage as the caller reports it. */
    cpuUsagePercent: {
      name: 'hodei_cpu_usage_percent',
      instrument: 'gauge',
      description: 'CPU usage per worker',
      unit: '%',
      section: 'Resource Metrics',
      labels: { worker_id: 'string' },
      merge: 'last',
    },
    /** `hodei_memory_usage_mb`: Memory usage per worker. Megabytes as the caller reports them. */
    memoryUsageMb: {
      name: 'hodei_memory_usage_mb',
      instrument: 'gauge',
      description: 'Memory usage per worker',
      unit: '{MB}',
      section: 'Resource Metrics',
      labels: { worker_id: 'string' },
      merge: 'last',
    },
    /** `hodei_queue_size`: Current queue size. The number of reserved jobs that the scheduler reports in its cluster statistics. */
    queueSize: {
      name: 'hodei_queue_size',
      instrument: 'gauge',
      description: 'Current queue size',
      unit: '{job}',
      section: 'Queue Metrics',
      merge: 'sum',
    },
    /** `hodei_queue_wait_time_seconds`: Histogram of queue wait times. */
    queueWaitTimeSeconds: {
      name: 'hodei_queue_wait_time_seconds',
      instrument: 'histogram',
      description: 'Histogram of queue wait times',
      unit: 's',
      section: 'Queue Metrics',
      buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600],
    },
    /** `hodei_http_requests_total`: HTTP request counter. */
    httpRequestsTotal: {
      name: 'hodei_http_requests_total',
      instrument: 'counter',
      description: 'HTTP request counter',
      unit: '{request}',
      section: 'System Metrics',
      labels: { method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', '_OTHER'], endpoint: 'string', status_code: 'string' },
    },
    /** `hodei_http_request_duration_seconds`: HTTP request duration histogram. */
    httpRequestDurationSeconds: {
      name: 'hodei_http_request_duration_seconds',
      instrument: 'histogram',
      description: 'HTTP request duration histogram',
      unit: 's',
      section: 'System Metrics',
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `hodei_events_published_total`: Events published counter. */
    eventsPublishedTotal: {
      name: 'hodei_events_published_total',
      instrument: 'counter',
      description: 'Events published counter',
      unit: '{event}',
      section: 'Event Bus Metrics',
      labels: { event_type: 'string' },
    },
    /** `hodei_events_received_total`: Events received counter. */
    eventsReceivedTotal: {
      name: 'hodei_events_received_total',
      instrument: 'counter',
      description: 'Events received counter',
      unit: '{event}',
      section: 'Event Bus Metrics',
      labels: { event_type: 'string' },
    },
    /** `hodei_event_bus_subscribers`: Current subscribers gauge. */
    eventBusSubscribers: {
      name: 'hodei_event_bus_subscribers',
      instrument: 'gauge',
      description: 'Current subscribers gauge',
      unit: '{subscriber}',
      section: 'Event Bus Metrics',
      merge: 'sum',
    },
  },
});
