import { stopwatch } from 'meterbridge/instruments';
import { DagdaStatus, ticker, type WorkerStatusLabel } from 'meterbridge/systems/ticker';
import { MessageQueue } from './queue';
import { type Command, Worker, type WorkerMessage } from './worker';

/** A request that is rejected, with the HTTP status. */
export class Refusal extends Error {
  constructor(
    readonly status: 404 | 409 | 429,
    message: string,
  ) {
    super(message);
  }
}

interface Shard {
  readonly id: string;
  readonly workers: Map<string, Worker>;
}

const INBOX_CAPACITY = 10_000;
/** The maximum number of messages per tick. The others stay in the inbox, whose size is a metric. */
const MESSAGES_PER_TICK = 500;
const MAX_SHARDS = 16;
const MAX_WORKERS = 64;
/** The number of ticks for which a worker that has ended is still listed. */
const LINGER_TICKS = 10;

/** Dagda: ticks shards, whose workers each execute a step, and handles the messages of the workers. */
export class Controller {
  private readonly shards = new Map<string, Shard>();
  private readonly inbox = new MessageQueue<WorkerMessage>(INBOX_CAPACITY);
  private readonly endedAt = new Map<Worker, number>();
  private timer: NodeJS.Timeout | undefined;
  private ticks = 0;
  private workerNumber = 0;

  constructor(private readonly tickMillis: number) {
    ticker.setStatus(DagdaStatus.Stopped);
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), this.tickMillis);
    ticker.setStatus(DagdaStatus.Running);
  }

  /** Stops ticking, handles the remaining messages, and stops the workers. */
  stop(): void {
    ticker.setStatus(DagdaStatus.Stopping);
    clearInterval(this.timer);
    this.handleMessages(Number.POSITIVE_INFINITY);
    for (const id of [...this.shards.keys()]) this.removeShard(id);
    ticker.setStatus(DagdaStatus.Stopped);
  }

  addShard(id: string): void {
    if (this.shards.has(id)) throw new Refusal(409, `shard ${id} exists`);
    if (this.shards.size >= MAX_SHARDS) throw new Refusal(429, `the maximum of ${MAX_SHARDS} shards is reached`);
    this.shards.set(id, { id, workers: new Map() });
    this.showShards();
  }

  removeShard(id: string): void {
    const { workers } = this.shard(id);
    this.shards.delete(id);
    for (const worker of workers.values()) this.forget(worker);
    ticker.removeShard(id);
    ticker.setShards(this.shards.size);
  }

  startWorker(shardId: string, blueprint: string, steps: number): Worker {
    const { workers } = this.shard(shardId);
    if (workers.size >= MAX_WORKERS)
      throw new Refusal(429, `shard ${shardId} has the maximum of ${MAX_WORKERS} workers`);
    const id = `worker-${++this.workerNumber}`;
    const worker = new Worker(id, shardId, blueprint, steps, (message) => this.inbox.push(message));
    workers.set(id, worker);
    ticker.setWorkerProgress(id, blueprint, 0, steps);
    this.showShards();
    return worker;
  }

  /** Puts a command into a worker's inbox. */
  command(workerId: string, command: Command): Worker {
    const worker = this.worker(workerId);
    if (worker.hasEnded) throw new Refusal(409, `${workerId} has ended`);
    if (!worker.inbox.push(command)) throw new Refusal(429, `the inbox of ${workerId} is full`);
    return worker;
  }

  worker(id: string): Worker {
    for (const { workers } of this.shards.values()) {
      const worker = workers.get(id);
      if (worker !== undefined) return worker;
    }
    throw new Refusal(404, `no worker ${id}`);
  }

  shard(id: string): Shard {
    const shard = this.shards.get(id);
    if (shard === undefined) throw new Refusal(404, `no shard ${id}`);
    return shard;
  }

  shardIds(): string[] {
    return [...this.shards.keys()];
  }

  /** Runs one tick of the main loop. */
  private tick(): void {
    this.ticks++;
    for (const shard of this.shards.values()) {
      const seconds = stopwatch();
      for (const worker of shard.workers.values()) {
        if (worker.inbox.size === 0) worker.inbox.push('tick');
        worker.step();
      }
      ticker.recordTickProcessingDuration(shard.id, seconds());
    }
    ticker.setMessageQueueSize('dagda_inbox', this.inbox.size);
    this.handleMessages(MESSAGES_PER_TICK);
    this.forgetLongEnded();
    this.showShards();
  }

  private handleMessages(count: number): void {
    for (const message of this.inbox.shift(count)) {
      const seconds = stopwatch();
      this.handle(message);
      ticker.recordWorkerProcessingDuration(message.type, seconds());
    }
  }

  private handle({ type, worker, reason }: WorkerMessage): void {
    switch (type) {
      case 'progress':
        return;
      case 'failed':
        ticker.recordWorkerOperation('failed', 'error');
        console.error(`${worker.id} (${worker.blueprint}) failed at step ${worker.done}: ${reason}`);
        break;
      default:
        ticker.recordWorkerOperation(type, 'success');
    }
    if (worker.hasEnded) this.endedAt.set(worker, this.ticks);
  }

  /** Removes workers that ended some ticks ago, and their series. */
  private forgetLongEnded(): void {
    for (const [worker, ended] of this.endedAt) {
      if (this.ticks - ended < LINGER_TICKS) continue;
      this.shards.get(worker.shard)?.workers.delete(worker.id);
      this.forget(worker);
    }
  }

  private forget(worker: Worker): void {
    this.endedAt.delete(worker);
    ticker.removeWorker(worker.id, worker.blueprint);
  }

  private showShards(): void {
    let waiting = 0;
    ticker.setShards(this.shards.size);
    for (const { id, workers } of this.shards.values()) {
      const byStatus: Partial<Record<WorkerStatusLabel, number>> = {};
      for (const { status, inbox } of workers.values()) {
        byStatus[status] = (byStatus[status] ?? 0) + 1;
        waiting += inbox.size;
      }
      ticker.setWorkers(id, workers.size);
      ticker.setWorkersByStatus(id, byStatus);
    }
    ticker.setMessageQueueSize('worker_inbox', waiting);
  }
}
