import { setTimeout as sleep } from 'node:timers/promises';
import { DagdaStatus, ticker, type WorkerStatusLabel } from 'meterbridge/systems/ticker';
import type { Journal } from './journal';
import { MessageQueue } from './queue';
import type { Subscribers } from './subscribers';
import { type Command, Worker, type WorkerMessage } from './worker';

/** A request that is rejected, with the HTTP status. */
export class Refusal extends Error {
  constructor(
    readonly status: 404 | 409 | 429 | 503,
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
const MAX_SHARDS = 16;
const MAX_WORKERS = 64;
/** The number of ticks for which a worker that has ended is still listed. */
const LINGER_TICKS = 10;

/**
 * Dagda: ticks shards, whose workers each execute a step, and handles the messages of the workers. The messages are handled
 * apart from the ticks: while handling one takes long, the others wait in the inbox.
 */
export class Controller {
  private readonly shards = new Map<string, Shard>();
  private readonly inbox = new MessageQueue<WorkerMessage>(INBOX_CAPACITY);
  private readonly endedAt = new Map<Worker, number>();
  private timer: NodeJS.Timeout | undefined;
  private handling: Promise<void> = Promise.resolve();
  private isHandling = false;
  private isStopping = false;
  private ticks = 0;
  private workerNumber = 0;

  constructor(
    private readonly tickMillis: number,
    private readonly journal: Journal,
    readonly subscribers: Subscribers,
  ) {
    ticker.setStatus(DagdaStatus.Stopped);
  }

  start(): void {
    this.timer = setInterval(() => this.tick(), this.tickMillis);
    ticker.setStatus(DagdaStatus.Running);
  }

  /** Lets the workers finish their step, stops them, and handles the messages that are left. */
  async stop(): Promise<void> {
    this.isStopping = true;
    ticker.setStatus(DagdaStatus.Stopping);
    for (const { workers } of this.shards.values()) for (const worker of workers.values()) worker.inbox.replace('stop');
    await sleep(this.tickMillis);
    clearInterval(this.timer);
    for (const { workers } of this.shards.values()) for (const worker of workers.values()) worker.step();
    await this.handling;
    for (const id of [...this.shards.keys()]) this.removeShard(id);
    ticker.setStatus(DagdaStatus.Stopped);
    // So long that a scrape can see that it has stopped.
    await sleep(this.tickMillis);
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

  startWorker(shardId: string, blueprint: string, steps: number, input: readonly string[]): Worker {
    if (this.isStopping) throw new Refusal(503, 'the controller is stopping');
    const { workers } = this.shard(shardId);
    if (workers.size >= MAX_WORKERS)
      throw new Refusal(429, `shard ${shardId} has the maximum of ${MAX_WORKERS} workers`);
    const id = `worker-${++this.workerNumber}`;
    const worker = new Worker(id, shardId, blueprint, steps, input, (message) => this.receive(message));
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
    this.showCommands();
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
      using _timer = ticker.startTickProcessing(shard.id);
      for (const worker of shard.workers.values()) {
        if (worker.inbox.size === 0) worker.inbox.push('tick');
        worker.step();
      }
    }
    this.forgetLongEnded();
    this.showShards();
  }

  private receive(message: WorkerMessage): void {
    if (!this.inbox.push(message)) {
      console.error(`the inbox is full; a message of ${message.worker.id} is lost`);
      return;
    }
    ticker.setMessageQueueSize('dagda_inbox', this.inbox.size);
    if (!this.isHandling) this.handling = this.handleAll();
  }

  private async handleAll(): Promise<void> {
    this.isHandling = true;
    for (;;) {
      const [message] = this.inbox.shift(1);
      if (message === undefined) break;
      ticker.setMessageQueueSize('dagda_inbox', this.inbox.size);
      using _timer = ticker.startWorkerProcessing(message.type);
      await this.handle(message);
    }
    this.isHandling = false;
  }

  /** Writes what a worker reports to the journal, and notifies subscribers. */
  private async handle({ type, worker, reason }: WorkerMessage): Promise<void> {
    const { id, shard, blueprint, done, steps } = worker;
    if (type === 'failed') {
      ticker.recordWorkerOperation('failed', 'error');
      console.error(`${id} (${blueprint}) failed at step ${done}: ${reason}`);
    } else if (type !== 'progress') {
      ticker.recordWorkerOperation(type, 'success');
    }
    if (worker.hasEnded) this.endedAt.set(worker, this.ticks);
    const entry = { type, worker: id, shard, blueprint, done, steps, reason };
    await this.journal.append(entry).catch((error) => console.error(`the journal cannot be written: ${error}`));
    await this.subscribers.notify(entry);
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
    ticker.setShards(this.shards.size);
    for (const { id, workers } of this.shards.values()) {
      const byStatus: Partial<Record<WorkerStatusLabel, number>> = {};
      for (const { status } of workers.values()) byStatus[status] = (byStatus[status] ?? 0) + 1;
      ticker.setWorkers(id, workers.size);
      ticker.setWorkersByStatus(id, byStatus);
    }
    this.showCommands();
  }

  /** Records how many commands wait for the next ticks of their workers. */
  private showCommands(): void {
    const sizes = [...this.shards.values()].flatMap(({ workers }) =>
      [...workers.values()].map(({ inbox }) => inbox.size),
    );
    ticker.setMessageQueueSize(
      'worker_inbox',
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }
}
