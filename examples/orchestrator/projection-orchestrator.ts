import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopwatch } from 'meterbridge/instruments';
import { Orchestrator, orchestrator } from 'meterbridge/systems/orchestrator';
import type { Change, Projection } from './projections';
import { type Generation, SLOTS, STALE_MILLIS, type Store, type StoredEvent } from './store';

const TICK_MILLIS = 50;
const HEARTBEAT_MILLIS = 250;
const EVENTS_PER_TICK = 50;

export interface OrchestratorConfig {
  /** The database of events, workers, checkpoints and views. Workers of all processes share it. */
  readonly store: Store;
  readonly replicaSet: string;
  /** The name of this worker, which must be unique in the replica set; a random one by default. */
  readonly workerId?: string;
  /** `false` disables the metrics of this orchestrator, and no others; `true` by default. */
  readonly metricsEnabled?: boolean;
  /** Records what the orchestrator does; by default the metrics of the process. */
  readonly metrics?: Orchestrator;
}

/** The other workers have removed this one, because it sent no heartbeat for too long. */
export class RemovedFromReplicaSet extends Error {}

/** One worker of a replica set: runs projections on its share of the events. */
export class ProjectionOrchestrator {
  private readonly store: Store;
  private readonly replicaSet: string;
  private readonly id: string;
  private readonly metrics: Orchestrator;
  private projections: readonly Projection[] = [];
  private generation: Generation | undefined;
  private state: 'coordinating' | 'processing' = 'coordinating';
  private coordinating = stopwatch();
  private lastHeartbeat = 0;

  constructor({ store, replicaSet, workerId = randomUUID(), metricsEnabled = true, metrics }: OrchestratorConfig) {
    this.store = store;
    this.replicaSet = replicaSet;
    this.id = workerId;
    this.metrics = metricsEnabled ? (metrics ?? orchestrator) : new Orchestrator(undefined, { metricsEnabled: false });
  }

  /**
   * Joins the replica set and runs the projections until the signal is aborted. Resolves when the worker has left the replica
   * set. Can be called once.
   *
   * @throws RemovedFromReplicaSet if the worker was too slow and counts as dead
   */
  async run(projections: readonly Projection[], signal: AbortSignal): Promise<void> {
    this.projections = projections;
    this.join();
    try {
      while (!signal.aborted) {
        this.tick();
        await sleep(TICK_MILLIS, undefined, { signal }).catch(() => {});
      }
    } finally {
      this.leave();
    }
  }

  private join(): void {
    this.metrics.setWorkerState(this.replicaSet, this.id, 'initializing');
    this.store.register(this.replicaSet, this.id);
    this.metrics.recordWorkerRegistered(this.replicaSet);
  }

  private leave(): void {
    this.metrics.setWorkerState(this.replicaSet, this.id, 'stopping');
    try {
      this.store.leave(this.replicaSet, this.id);
    } finally {
      this.metrics.removeWorker(this.replicaSet, this.id);
    }
  }

  private tick(): void {
    if (!this.heartbeat()) throw new RemovedFromReplicaSet(`${this.id} was removed from ${this.replicaSet}`);
    this.observe();
    if (this.state === 'coordinating') this.coordinate();
    else this.process();
  }

  private heartbeat(): boolean {
    if (Date.now() - this.lastHeartbeat < HEARTBEAT_MILLIS) return true;
    const seconds = stopwatch();
    const isKnown = this.store.heartbeat(this.replicaSet, this.id);
    this.metrics.recordHeartbeatLatency(this.replicaSet, seconds());
    this.lastHeartbeat = Date.now();
    return isKnown;
  }

  private observe(): void {
    const { replicaSet } = this;
    const { generation, made, stale } = this.store.observe(replicaSet, STALE_MILLIS);
    for (const worker of stale) this.metrics.removeWorker(replicaSet, worker);
    if (stale.length > 0) this.metrics.recordStaleWorkersCleaned(replicaSet, stale.length);
    if (made !== 'no') {
      this.metrics.recordGenerationCreated(replicaSet);
      this.metrics.recordPartitionAssignments(replicaSet, generation.workers.length);
      if (made === 'again') this.metrics.recordReconfiguration(replicaSet);
    }
    if (generation.id === this.generation?.id) return;
    this.generation = generation;
    this.state = 'coordinating';
    this.coordinating = stopwatch();
    this.metrics.setWorkerState(replicaSet, this.id, 'coordinating');
  }

  /** Waits until every worker has stopped the work of the previous generation. */
  private coordinate(): void {
    const { generation, replicaSet, id } = this;
    if (generation === undefined || !this.store.acknowledge(replicaSet, id, generation)) return;
    this.state = 'processing';
    this.metrics.recordCoordinationDuration(replicaSet, this.coordinating());
    this.metrics.setWorkerState(replicaSet, id, 'processing');
  }

  private process(): void {
    const { generation } = this;
    if (generation === undefined) return;
    const partitions = generation.workers.length;
    const partition = generation.workers.indexOf(this.id);
    let left = EVENTS_PER_TICK;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (slot % partitions !== partition) continue;
      for (const projection of this.projections) {
        for (const event of this.store.next(projection.name, slot, left)) {
          if (left-- <= 0 || !this.handle(projection, event, generation)) return;
        }
      }
    }
  }

  /** @returns `false` if the worker's generation has ended */
  private handle(projection: Projection, event: StoredEvent, generation: Generation): boolean {
    const { store, replicaSet } = this;
    const seconds = stopwatch();
    let changes: readonly Change[] = [];
    let failed = false;
    try {
      changes = projection.handle(event);
    } catch {
      // An event that fails must not block the next ones: its checkpoint moves as that of any other event.
      failed = true;
    }
    if (!store.project(replicaSet, generation.id, projection.name, event, changes)) return false;
    this.metrics.recordEventProcessed(replicaSet, projection.name, seconds());
    if (failed) this.metrics.recordProjectionError(replicaSet, projection.name);
    return true;
  }
}
