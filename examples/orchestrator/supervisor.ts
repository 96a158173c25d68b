import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

const MAX_WORKERS = 8;
/** The delay before a worker that ended is restarted, so that one that cannot start does not loop. */
const RESTART_MILLIS = 500;

/** Starts the worker processes of a replica set, and restarts those that end. */
export class Supervisor {
  private readonly workers = new Map<string, ChildProcess>();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private number = 0;
  private isStopping = false;

  constructor(
    private readonly databaseFile: string,
    private readonly replicaSet: string,
  ) {}

  list(): { id: string; pid: number | undefined }[] {
    return [...this.workers].map(([id, { pid }]) => ({ id, pid }));
  }

  /** @returns the new worker's id, or `undefined` if the maximum number of workers is reached */
  add(): string | undefined {
    if (this.workers.size >= MAX_WORKERS) return undefined;
    const id = `worker-${++this.number}`;
    const worker = fork(join(__dirname, 'worker.js'), [this.databaseFile, this.replicaSet, id]);
    this.workers.set(id, worker);
    worker.once('exit', (code) => {
      this.workers.delete(id);
      if (code !== 0) this.restart();
    });
    return id;
  }

  /** Stops a worker after it has left the replica set. */
  remove(id: string): boolean {
    return this.workers.get(id)?.kill('SIGTERM') ?? false;
  }

  /** Kills a worker, as a crash would. */
  kill(id: string): boolean {
    return this.workers.get(id)?.kill('SIGKILL') ?? false;
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    for (const restart of this.restarts) clearTimeout(restart);
    const ended = [...this.workers.values()].map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    for (const id of this.workers.keys()) this.remove(id);
    await Promise.all(ended);
  }

  private restart(): void {
    if (this.isStopping) return;
    const restart = setTimeout(() => {
      this.restarts.delete(restart);
      this.add();
    }, RESTART_MILLIS);
    this.restarts.add(restart);
  }
}
