import type { Orchestrator } from 'meterbridge/systems/orchestrator';
import { STALE_MILLIS, type Store } from './store';

const INTERVAL_MILLIS = 250;

/**
 * Records the number of workers and of partitions of a replica set, as the store has them. Workers cannot do so: when the
 * last one is gone, nobody is left to record 0.
 */
export class Monitor {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: Store,
    private readonly replicaSet: string,
    private readonly orchestrator: Orchestrator,
  ) {
    this.timer = setInterval(() => this.update(), INTERVAL_MILLIS);
    this.update();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private update(): void {
    const { workers, partitions } = this.store.census(this.replicaSet, STALE_MILLIS);
    this.orchestrator.setActiveWorkers(this.replicaSet, workers);
    this.orchestrator.setCurrentGenerationPartitions(this.replicaSet, partitions);
  }
}
