/** A worker process: handles its share of the events of a replica set. */
import { start } from 'meterbridge';
import { stopwatch } from 'meterbridge/instruments';
import { orchestrator } from 'meterbridge/systems/orchestrator';
import { type Change, PROJECTIONS } from './projections';
import { type Generation, SLOTS, STALE_MILLIS, Store } from './store';

const TICK_MILLIS = 50;
const HEARTBEAT_MILLIS = 250;
const EVENTS_PER_TICK = 50;

class Worker {
  private generation: Generation | undefined;
  private state: 'coordinating' | 'processing' = 'coordinating';
  private coordinating = stopwatch();
  private lastHeartbeat = 0;

  constructor(
    private readonly store: Store,
    private readonly replicaSet: string,
    private readonly id: string,
  ) {}

  start(): void {
    orchestrator.setWorkerState(this.replicaSet, this.id, 'initializing');
    this.store.register(this.replicaSet, this.id);
    orchestrator.recordWorkerRegistered(this.replicaSet);
  }

  stop(): void {
    orchestrator.setWorkerState(this.replicaSet, this.id, 'stopping');
    this.store.leave(this.replicaSet, this.id);
    orchestrator.removeWorker(this.replicaSet, this.id);
  }

  /** @returns whether the worker still belongs to the replica set */
  tick(): boolean {
    if (!this.heartbeat()) return false;
    this.observe();
    if (this.state === 'coordinating') this.coordinate();
    else this.process();
    return true;
  }

  private heartbeat(): boolean {
    if (Date.now() - this.lastHeartbeat < HEARTBEAT_MILLIS) return true;
    const seconds = stopwatch();
    const isKnown = this.store.heartbeat(this.replicaSet, this.id);
    orchestrator.recordHeartbeatLatency(this.replicaSet, seconds());
    this.lastHeartbeat = Date.now();
    return isKnown;
  }

  private observe(): void {
    const { replicaSet } = this;
    const { generation, made, stale } = this.store.observe(replicaSet, STALE_MILLIS);
    for (const worker of stale) orchestrator.removeWorker(replicaSet, worker);
    if (stale.length > 0) orchestrator.recordStaleWorkersCleaned(replicaSet, stale.length);
    if (made !== 'no') {
      orchestrator.recordGenerationCreated(replicaSet);
      orchestrator.recordPartitionAssignments(replicaSet, generation.workers.length);
      if (made === 'again') orchestrator.recordReconfiguration(replicaSet);
    }
    if (generation.id === this.generation?.id) return;
    this.generation = generation;
    this.state = 'coordinating';
    this.coordinating = stopwatch();
    orchestrator.setWorkerState(replicaSet, this.id, 'coordinating');
  }

  /** Waits until every worker has stopped the work of the previous generation. */
  private coordinate(): void {
    const { generation, replicaSet, id } = this;
    if (generation === undefined || !this.store.acknowledge(replicaSet, id, generation)) return;
    this.state = 'processing';
    orchestrator.recordCoordinationDuration(replicaSet, this.coordinating());
    orchestrator.setWorkerState(replicaSet, id, 'processing');
  }

  private process(): void {
    const { generation } = this;
    if (generation === undefined) return;
    const partitions = generation.workers.length;
    const partition = generation.workers.indexOf(this.id);
    let left = EVENTS_PER_TICK;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (slot % partitions !== partition) continue;
      for (const projection of PROJECTIONS) {
        for (const event of this.store.next(projection.name, slot, left)) {
          if (left-- <= 0 || !this.handle(projection, event, generation)) return;
        }
      }
    }
  }

  /** @returns `false` if the worker's generation has ended */
  private handle(
    projection: (typeof PROJECTIONS)[number],
    event: ReturnType<Store['next']>[number],
    generation: Generation,
  ): boolean {
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
    orchestrator.recordEventProcessed(replicaSet, projection.name, seconds());
    if (failed) orchestrator.recordProjectionError(replicaSet, projection.name);
    return true;
  }
}

async function main(): Promise<void> {
  // The process that has started this one serves what is recorded here.
  const sdk = await start({
    serviceName: 'orchestrator',
    systems: [orchestrator],
    metricsEnabled: process.env.METRICS !== 'disabled',
  });
  const [file = '', replicaSet = '', id = ''] = process.argv.slice(2);
  const store = new Store(file);
  const worker = new Worker(store, replicaSet, id);
  worker.start();
  const timer = setInterval(() => {
    // It was too slow and counts as dead: the supervisor starts another.
    if (!worker.tick()) void end(1);
  }, TICK_MILLIS);

  async function end(code: number): Promise<void> {
    clearInterval(timer);
    if (code === 0) worker.stop();
    store.close();
    process.exitCode = code;
    await sdk.shutdown();
    if (process.connected) process.disconnect();
  }

  process.on('SIGTERM', () => void end(0));
}

// Ctrl-C reaches every process of the terminal, but the supervisor stops the workers.
process.on('SIGINT', () => {});
// The supervisor has ended.
process.on('disconnect', () => process.exit());
void main();
