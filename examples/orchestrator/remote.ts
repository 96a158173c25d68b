import type { ChildProcess } from 'node:child_process';
import type { Orchestrator } from 'meterbridge/systems/orchestrator';

/** The methods of the facade that workers call: those without a result. */
export type Measurements = Pick<
  Orchestrator,
  | 'recordGenerationCreated'
  | 'recordWorkerRegistered'
  | 'recordPartitionAssignments'
  | 'recordReconfiguration'
  | 'recordStaleWorkersCleaned'
  | 'recordEventProcessed'
  | 'recordProjectionError'
  | 'setActiveWorkers'
  | 'setCurrentGenerationPartitions'
  | 'setWorkerState'
  | 'removeWorker'
  | 'recordCoordinationDuration'
  | 'recordHeartbeatLatency'
>;

interface Measurement {
  readonly measure: keyof Measurements;
  readonly args: readonly unknown[];
}

/**
 * The facade in a worker process. Each call is sent to the process that has the endpoint, so that one page has the metrics of
 * all workers.
 */
export function remoteMeasurements(): Measurements {
  return new Proxy({} as Measurements, {
    get:
      (_, measure: keyof Measurements) =>
      (...args: unknown[]) =>
        void process.send?.({ measure, args } satisfies Measurement),
  });
}

/** Records the calls that a worker process sends. */
export function recordFrom(worker: ChildProcess, measurements: Measurements): void {
  worker.on('message', (message) => {
    const { measure, args } = message as Measurement;
    (measurements[measure] as (...given: readonly unknown[]) => void).apply(measurements, [...args]);
  });
}
