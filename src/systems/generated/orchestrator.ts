// Generated from the registry orchestrator. Do not edit: change its metrics.yaml, then run "meterbridge generate".
import { defineCatalog } from '../../catalog/define';

/** The state of the worker. */
export const StateLabel = {
  /** Worker starting up. */
  Initializing: 'initializing',
  /** Participating in generation change. */
  Coordinating: 'coordinating',
  /** Actively processing events. */
  Processing: 'processing',
  /** Shutting down. */
  Stopping: 'stopping',
} as const;

/** A value of {@link StateLabel}. */
export type StateLabel = (typeof StateLabel)[keyof typeof StateLabel];

/** Metrics of the pupsourcing orchestrator, which assigns the partitions of projections to workers. */
export const catalog = defineCatalog({
  name: 'orchestrator',
  version: '1.0.0',
  schemaUrl: 'https://meterbridge.example/schemas/orchestrator/1.0.0',
  metrics: {
    /** `pupsourcing_orchestrator_generations_total`: Total number of generations created for a replica set. */
    generationsTotal: {
      name: 'pupsourcing_orchestrator_generations_total',
      instrument: 'counter',
      description: 'Total number of generations created for a replica set.',
      unit: '{generation}',
      section: 'Counters',
      labels: { replica_set: 'string' },
    },
    /** `pupsourcing_orchestrator_workers_registered_total`: Total number of worker registrations. */
    workersRegisteredTotal: {
      name: 'pupsourcing_orchestrator_workers_registered_total',
      instrument: 'counter',
      description: 'Total number of worker registrations.',
      unit: '{registration}',
      section: 'Counters',
      labels: { replica_set: 'string' },
    },
    /** `pupsourcing_orchestrator_partition_assignments_total`: Total partition assignments to workers. */
    partitionAssignmentsTotal: {
      name: 'pupsourcing_orchestrator_partition_assignments_total',
      instrument: 'counter',
      description: 'Total partition assignments to workers.',
      unit: '{assignment}',
      section: 'Counters',
      labels: { replica_set: 'string' },
    },
    /** `pupsourcing_orchestrator_reconfiguration_total`: Total reconfigurations triggered by worker changes. */
    reconfigurationTotal: {
      name: 'pupsourcing_orchestrator_reconfiguration_total',
      instrument: 'counter',
      description: 'Total reconfigurations triggered by worker changes.',
      unit: '{reconfiguration}',
      section: 'Counters',
      labels: { replica_set: 'string' },
    },
    /** `pupsourcing_orchestrator_stale_workers_cleaned_total`: Total stale workers cleaned up (workers that stopped heartbeating). */
    staleWorkersCleanedTotal: {
      name: 'pupsourcing_orchestrator_stale_workers_cleaned_total',
      instrument: 'counter',
      description: 'Total stale workers cleaned up (workers that stopped heartbeating).',
      unit: '{worker}',
      section: 'Counters',
      labels: { replica_set: 'string' },
    },
    /** `pupsourcing_orchestrator_events_processed_total`: Total events processed by projection. Events whose handler failed are counted too. */
    eventsProcessedTotal: {
      name: 'pupsourcing_orchestrator_events_processed_total',
      instrument: 'counter',
      description: 'Total events processed by projection.',
      unit: '{event}',
      section: 'Counters',
      labels: { replica_set: 'string', projection: 'string' },
    },
    /** `pupsourcing_orchestrator_projection_errors_total`: Total projection handler errors. */
    projectionErrorsTotal: {
      name: 'pupsourcing_orchestrator_projection_errors_total',
      instrument: 'counter',
      description: 'Total projection handler errors.',
      unit: '{error}',
      section: 'Counters',
      labels: { replica_set: 'string', projection: 'string' },
    },
    /** `pupsourcing_orchestrator_active_workers`: Current number of active workers in a replica set. Every worker exports the number of the whole replica set. Query it with `max by (replica_set)`. */
    activeWorkers: {
      name: 'pupsourcing_orchestrator_active_workers',
      instrument: 'gauge',
      description: 'Current number of active workers in a replica set.',
      unit: '{worker}',
      section: 'Gauges',
      labels: { replica_set: 'string' },
      merge: 'max',
    },
    /** `pupsourcing_orchestrator_current_generation_partitions`: Number of partitions in the current generation. Every worker exports the number of the whole replica set. Query it with `max by (replica_set)`. */
    currentGenerationPartitions: {
      name: 'pupsourcing_orchestrator_current_generation_partitions',
      instrument: 'gauge',
      description: 'Number of partitions in the current generation.',
      unit: '{partition}',
      section: 'Gauges',
      labels: { replica_set: 'string' },
      merge: 'max',
    },
    /** `pupsourcing_orchestrator_worker_state`: Worker state (1 for current state, 0 otherwise). */
    workerState: {
      name: 'pupsourcing_orchestrator_worker_state',
      instrument: 'gauge',
      description: 'Worker state (1 for current state, 0 otherwise).',
      unit: '{state}',
      section: 'Gauges',
      labels: { replica_set: 'string', worker_id: 'string', state: ['initializing', 'coordinating', 'processing', 'stopping'] },
      merge: 'last',
    },
    /** `pupsourcing_orchestrator_coordination_duration_seconds`: Time spent coordinating during generation changes. */
    coordinationDurationSeconds: {
      name: 'pupsourcing_orchestrator_coordination_duration_seconds',
      instrument: 'histogram',
      description: 'Time spent coordinating during generation changes.',
      unit: 's',
      section: 'Histograms',
      labels: { replica_set: 'string' },
      buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60],
    },
    /** `pupsourcing_orchestrator_event_processing_duration_seconds`: Event processing latency per projection. Events whose handler failed are recorded too. */
    eventProcessingDurationSeconds: {
      name: 'pupsourcing_orchestrator_event_processing_duration_seconds',
      instrument: 'histogram',
      description: 'Event processing latency per projection.',
      unit: 's',
      section: 'Histograms',
      labels: { replica_set: 'string', projection: 'string' },
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    },
    /** `pupsourcing_orchestrator_heartbeat_latency_seconds`: Heartbeat round-trip latency. */
    heartbeatLatencySeconds: {
      name: 'pupsourcing_orchestrator_heartbeat_latency_seconds',
      instrument: 'histogram',
      description: 'Heartbeat round-trip latency.',
      unit: 's',
      section: 'Histograms',
      labels: { replica_set: 'string' },
      buckets: [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2],
    },
  },
});
