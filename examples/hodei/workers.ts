import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { hodei } from 'meterbridge/systems/hodei';
import type { EventBus } from './event-bus';
import type { Job } from './jobs';
import { type Assignment, HEARTBEAT_MILLIS, type WorkerReport } from './worker-process';

/** A worker without a heartbeat for this long is not healthy and gets no jobs. */
const SILENCE_MILLIS = HEARTBEAT_MILLIS * 4;

interface Worker {
  readonly id: string;
  readonly process: ChildProcess;
  lastHeartbeat: number;
  job: Job | undefined;
}

export type JobReport = Exclude<WorkerReport, { type: 'heartbeat' }>;

/** The worker processes. Keeps the configured number running, and knows which of them are healthy. */
export class Workers {
  private readonly workers = new Map<string, Worker>();
  private number = 0;
  private stopping = false;

  /** @param reported called with the reports on jobs */
  constructor(
    private readonly count: number,
    private readonly bus: EventBus,
    private readonly reported: (workerId: string, report: JobReport) => void,
  ) {}

  start(): void {
    while (this.workers.size < this.count) this.spawn();
  }

  get total(): number {
    return this.workers.size;
  }

  get healthy(): number {
    return [...this.workers.values()].filter(isHealthy).length;
  }

  list(): { id: string; pid: number | undefined; healthy: boolean; jobId: string | null }[] {
    return [...this.workers.values()].map((worker) => ({
      id: worker.id,
      pid: worker.process.pid,
      healthy: isHealthy(worker),
      jobId: worker.job?.id ?? null,
    }));
  }

  /** Returns a healthy worker without a job. */
  idle(): string | undefined {
    return [...this.workers.values()].find((worker) => isHealthy(worker) && worker.job === undefined)?.id;
  }

  /** Returns whether a worker is healthy and has no job. */
  isIdle(workerId: string): boolean {
    const worker = this.workers.get(workerId);
    return worker !== undefined && isHealthy(worker) && worker.job === undefined;
  }

  assign(workerId: string, job: Job): void {
    const worker = this.workers.get(workerId);
    if (worker === undefined) return;
    worker.job = job;
    worker.process.send({ jobId: job.id, work: job.work } satisfies Assignment);
  }

  /** Returns the job of a worker. */
  jobOf(workerId: string): Job | undefined {
    return this.workers.get(workerId)?.job;
  }

  /** Kills a worker, which is replaced. */
  kill(workerId: string): boolean {
    return this.workers.get(workerId)?.process.kill('SIGKILL') ?? false;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const ended = [...this.workers.values()].map(
      ({ process }) => new Promise((resolve) => process.once('exit', resolve).kill('SIGTERM')),
    );
    await Promise.all(ended);
  }

  private spawn(): void {
    const id = `worker-${++this.number}`;
    const worker: Worker = {
      id,
      process: fork(join(__dirname, 'worker-process.js'), [id]),
      lastHeartbeat: 0,
      job: undefined,
    };
    this.workers.set(id, worker);
    worker.process.on('message', (report: WorkerReport) => this.hear(worker, report));
    worker.process.on('exit', () => this.lose(worker));
    worker.process.on('error', (error) => console.error(`${id}: ${error.message}`));
  }

  private hear(worker: Worker, report: WorkerReport): void {
    if (report.type === 'heartbeat') {
      const isNew = worker.lastHeartbeat === 0;
      const wasSilent = !isHealthy(worker);
      worker.lastHeartbeat = performance.now();
      if (isNew) {
        hodei.incrementWorkersRegistered();
        this.bus.publish('worker.registered', { workerId: worker.id });
      }
      if (wasSilent && worker.job === undefined) this.bus.publish('worker.idle', { workerId: worker.id });
      return;
    }
    worker.job = undefined;
    this.reported(worker.id, report);
    this.bus.publish('worker.idle', { workerId: worker.id });
  }

  private lose(worker: Worker): void {
    if (this.stopping) return;
    // Subscribers can still query its job.
    this.bus.publish('worker.lost', { workerId: worker.id });
    this.workers.delete(worker.id);
    this.spawn();
  }
}

function isHealthy({ lastHeartbeat }: Worker): boolean {
  return lastHeartbeat > 0 && performance.now() - lastHeartbeat < SILENCE_MILLIS;
}
