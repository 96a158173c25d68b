import type { ChildProcess } from 'node:child_process';
import type { Orchestrator } from 'meterbridge/systems/orchestrator';

/** What workers tell of themselves: the methods of the facade that need no answer. */
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
 * The facade as a worker process sees it: each call is sent to the process that has the endpoint, so that one page tells of
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

/** Records what a worker process sends. */
export function recordFrom(worker: ChildProcess, measurements: Measurements): void {
  worker.on('message', (message) => {
    const { measure, args } = message as Measurement;
    (measurements[measure] as (...given: readonly unknown[]) => void).apply(measurements, [...args]);
  });
}
