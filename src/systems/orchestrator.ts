import { type InstrumentSource, time } from '../instruments';
import { Facade } from '../instruments/facade';
import { catalog, StateLabel } from './generated/orchestrator';

export { StateLabel } from './generated/orchestrator';

/** The metrics of the pupsourcing orchestrator (document: Metrics). Durations are in seconds. */
export class Orchestrator extends Facade<typeof catalog> {
  constructor(meter?: InstrumentSource) {
    super(catalog, meter);
  }

  recordGenerationCreated(replicaSet: string): void {
    this.instruments.generationsTotal.add(1, { replica_set: replicaSet });
  }

  recordWorkerRegistered(replicaSet: string): void {
    this.instruments.workersRegisteredTotal.add(1, { replica_set: replicaSet });
  }

  recordPartitionAssignments(replicaSet: string, count = 1): void {
    this.instruments.partitionAssignmentsTotal.add(count, { replica_set: replicaSet });
  }

  recordReconfiguration(replicaSet: string): void {
    this.instruments.reconfigurationTotal.add(1, { replica_set: replicaSet });
  }

  recordStaleWorkersCleaned(replicaSet: string, count = 1): void {
    this.instruments.staleWorkersCleanedTotal.add(count, { replica_set: replicaSet });
  }

  /** Counts an event that a projection handled, and how long that took. A failure is counted here too. */
  recordEventProcessed(replicaSet: string, projection: string, seconds: number): void {
    const labels = { replica_set: replicaSet, projection };
    this.instruments.eventsProcessedTotal.add(1, labels);
    this.instruments.eventProcessingDurationSeconds.record(seconds, labels);
  }

  recordProjectionError(replicaSet: string, projection: string): void {
    this.instruments.projectionErrorsTotal.add(1, { replica_set: replicaSet, projection });
  }

  /** Runs a projection's handler for one event and records it, and the error where it fails. */
  timeEventHandling<T>(replicaSet: string, projection: string, work: () => T | PromiseLike<T>): Promise<T> {
    return time(work, (seconds, outcome) => {
      this.recordEventProcessed(replicaSet, projection, seconds);
      if (outcome === 'error') this.recordProjectionError(replicaSet, projection);
    });
  }

  /** Creates a replica set's counters at 0, so that the first increase is seen (of the given projections too). */
  beginReplicaSet(replicaSet: string, projections: readonly string[] = []): void {
    const labels = { replica_set: replicaSet };
    this.instruments.generationsTotal.add(0, labels);
    this.instruments.workersRegisteredTotal.add(0, labels);
    this.instruments.partitionAssignmentsTotal.add(0, labels);
    this.instruments.reconfigurationTotal.add(0, labels);
    this.instruments.staleWorkersCleanedTotal.add(0, labels);
    for (const projection of projections) {
      this.instruments.eventsProcessedTotal.add(0, { ...labels, projection });
      this.instruments.projectionErrorsTotal.add(0, { ...labels, projection });
    }
  }

  setActiveWorkers(replicaSet: string, count: number): void {
    this.instruments.activeWorkers.record(count, { replica_set: replicaSet });
  }

  setCurrentGenerationPartitions(replicaSet: string, count: number): void {
    this.instruments.currentGenerationPartitions.record(count, { replica_set: replicaSet });
  }

  /** Moves a worker to a state: four series, of which exactly one is 1. */
  setWorkerState(replicaSet: string, workerId: string, state: StateLabel): void {
    for (const each of Object.values(StateLabel)) {
      const labels = { replica_set: replicaSet, worker_id: workerId, state: each };
      this.instruments.workerState.record(each === state ? 1 : 0, labels);
    }
  }

  /** Ends the state series of a worker that left. */
  endWorker(replicaSet: string, workerId: string): void {
    for (const state of Object.values(StateLabel)) {
      this.instruments.workerState.remove({ replica_set: replicaSet, worker_id: workerId, state });
    }
  }

  recordCoordinationDuration(replicaSet: string, seconds: number): void {
    this.instruments.coordinationDurationSeconds.record(seconds, { replica_set: replicaSet });
  }

  recordHeartbeatLatency(replicaSet: string, seconds: number): void {
    this.instruments.heartbeatLatencySeconds.record(seconds, { replica_set: replicaSet });
  }
}

/** The orchestrator's metrics on the SDK that is registered with the OpenTelemetry API. */
export const orchestrator = new Orchestrator();
