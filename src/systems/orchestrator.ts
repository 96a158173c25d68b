import { createNoopMeter } from '@opentelemetry/api';
import { Facade } from '../instruments/facade';
import type { MeterLike } from '../instruments/instrument-types';
import { measure, type Outcome, type Timed } from '../instruments/timer';
import { WorkTimer } from '../instruments/work-timer';
import { catalog, StateLabel } from './generated/orchestrator';

export { StateLabel } from './generated/orchestrator';

/** Options of the metrics of one orchestrator. */
export interface OrchestratorOptions {
  /** `false` disables the metrics of this orchestrator, and no others; true by default (section Disabling Metrics). */
  readonly metricsEnabled?: boolean;
}

/**
 * The metrics of the pupsourcing orchestrator. Durations are in seconds; counts are at least 0. Family names begin with
 * `pupsourcing_orchestrator_`.
 *
 * Source: orchestrator document, "Metrics", Available Metrics.
 */
export class Orchestrator extends Facade<typeof catalog> {
  constructor(meter?: MeterLike, { metricsEnabled = true }: OrchestratorOptions = {}) {
    super(catalog, metricsEnabled ? meter : createNoopMeter());
  }

  /** Increments `generations_total` (section Counters). */
  recordGenerationCreated(replicaSet: string): void {
    this.instruments.generationsTotal.inc({ replica_set: replicaSet });
  }

  /** Increments `workers_registered_total` (section Counters). */
  recordWorkerRegistered(replicaSet: string): void {
    this.instruments.workersRegisteredTotal.inc({ replica_set: replicaSet });
  }

  /** Adds the number of assigned partitions, 1 by default, to `partition_assignments_total` (section Counters). */
  recordPartitionAssignments(replicaSet: string, count = 1): void {
    this.instruments.partitionAssignmentsTotal.add(count, { replica_set: replicaSet });
  }

  /** Increments `reconfiguration_total` (section Counters). */
  recordReconfiguration(replicaSet: string): void {
    this.instruments.reconfigurationTotal.inc({ replica_set: replicaSet });
  }

  /** Adds the number of removed workers, 1 by default, to `stale_workers_cleaned_total` (section Counters). */
  recordStaleWorkersCleaned(replicaSet: string, count = 1): void {
    this.instruments.staleWorkersCleanedTotal.add(count, { replica_set: replicaSet });
  }

  /**
   * Increments `events_processed_total` (section Counters) and records in `event_processing_duration_seconds` (section
   * Histograms). Call it for events whose handler failed too.
   */
  recordEventProcessed(replicaSet: string, projection: string, seconds: number): void {
    const labels = { replica_set: replicaSet, projection };
    this.instruments.eventsProcessedTotal.inc(labels);
    this.instruments.eventProcessingDurationSeconds.record(seconds, labels);
  }

  /** Increments `projection_errors_total` (section Counters). */
  recordProjectionError(replicaSet: string, projection: string): void {
    this.instruments.projectionErrorsTotal.inc({ replica_set: replicaSet, projection });
  }

  /**
   * Runs the handler of a projection for one event, synchronous or asynchronous, and records the event, and the error if
   * it fails.
   *
   * @returns what `work` returns
   */
  timeEventHandling<R>(replicaSet: string, projection: string, work: () => R): Timed<R> {
    const timer = this.startEventHandling(replicaSet, projection);
    return measure(work, (_, outcome) => timer.stop(outcome));
  }

  /** Starts a timer of the handler of a projection. Stopping it records what {@link timeEventHandling} records. */
  startEventHandling(replicaSet: string, projection: string): WorkTimer<Outcome> {
    return new WorkTimer((seconds, outcome) => {
      this.recordEventProcessed(replicaSet, projection, seconds);
      if (outcome === 'error') this.recordProjectionError(replicaSet, projection);
    }, 'error');
  }

  /**
   * Creates the counters of a replica set at 0, so that `increase()` sees the first event.
   *
   * @param projections the projections whose counters are created too; none by default
   */
  initializeReplicaSet(replicaSet: string, projections: readonly string[] = []): void {
    const labels = { replica_set: replicaSet };
    this.instruments.generationsTotal.initialize(labels);
    this.instruments.workersRegisteredTotal.initialize(labels);
    this.instruments.partitionAssignmentsTotal.initialize(labels);
    this.instruments.reconfigurationTotal.initialize(labels);
    this.instruments.staleWorkersCleanedTotal.initialize(labels);
    for (const projection of projections) {
      this.instruments.eventsProcessedTotal.initialize({ ...labels, projection });
      this.instruments.projectionErrorsTotal.initialize({ ...labels, projection });
    }
  }

  /** Sets `active_workers` (section Gauges). */
  setActiveWorkers(replicaSet: string, count: number): void {
    this.instruments.activeWorkers.record(count, { replica_set: replicaSet });
  }

  /** Sets `current_generation_partitions` (section Gauges). */
  setCurrentGenerationPartitions(replicaSet: string, count: number): void {
    this.instruments.currentGenerationPartitions.record(count, { replica_set: replicaSet });
  }

  /** Sets the state set `worker_state` of a worker: 1 for its state, 0 for each other state (section Gauges). */
  setWorkerState(replicaSet: string, workerId: string, state: StateLabel): void {
    for (const each of Object.values(StateLabel)) {
      const labels = { replica_set: replicaSet, worker_id: workerId, state: each };
      this.instruments.workerState.record(each === state ? 1 : 0, labels);
    }
  }

  /** Ends the state series of a worker that has left. */
  removeWorker(replicaSet: string, workerId: string): void {
    this.instruments.workerState.remove({ replica_set: replicaSet, worker_id: workerId });
  }

  /** Records in `coordination_duration_seconds` (section Histograms). */
  recordCoordinationDuration(replicaSet: string, seconds: number): void {
    this.instruments.coordinationDurationSeconds.record(seconds, { replica_set: replicaSet });
  }

  /**
   * Runs a coordination, synchronous or asynchronous, and records its duration, also if it fails.
   *
   * @returns what `work` returns
   */
  timeCoordination<R>(replicaSet: string, work: () => R): Timed<R> {
    return measure(work, (seconds) => this.recordCoordinationDuration(replicaSet, seconds));
  }

  /** Starts a timer of a coordination. Stopping it records the duration. */
  startCoordination(replicaSet: string): WorkTimer {
    return new WorkTimer((seconds) => this.recordCoordinationDuration(replicaSet, seconds), undefined);
  }

  /** Records in `heartbeat_latency_seconds` (section Histograms). */
  recordHeartbeatLatency(replicaSet: string, seconds: number): void {
    this.instruments.heartbeatLatencySeconds.record(seconds, { replica_set: replicaSet });
  }

  /**
   * Sends a heartbeat, synchronous or asynchronous, and records its latency, also if it fails.
   *
   * @returns what `work` returns
   */
  timeHeartbeat<R>(replicaSet: string, work: () => R): Timed<R> {
    return measure(work, (seconds) => this.recordHeartbeatLatency(replicaSet, seconds));
  }

  /** Starts a timer of a heartbeat. Stopping it records the latency. */
  startHeartbeat(replicaSet: string): WorkTimer {
    return new WorkTimer((seconds) => this.recordHeartbeatLatency(replicaSet, seconds), undefined);
  }
}

/** The metrics of the orchestrator on the SDK that is registered with the OpenTelemetry API. */
export const orchestrator = new Orchestrator();
