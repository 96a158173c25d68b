import { ticker, WorkerStatusLabel } from 'meterbridge/systems/ticker';
import { BLUEPRINTS, type Blueprint } from './blueprints';
import { MessageQueue } from './queue';

/** A command for a worker. */
export type Command = 'tick' | 'pause' | 'resume' | 'stop';

/** A message of a worker to its controller. */
export interface WorkerMessage {
  readonly type: 'progress' | 'completed' | 'failed' | 'paused' | 'resumed' | 'stopped';
  readonly worker: Worker;
  readonly reason?: string;
}

const INBOX_CAPACITY = 32;

/** Executes the steps of a blueprint, one per tick. */
export class Worker {
  status: WorkerStatusLabel = WorkerStatusLabel.Idle;
  done = 0;
  readonly inbox = new MessageQueue<Command>(INBOX_CAPACITY);
  private readonly work: Blueprint;
  private result: Buffer = Buffer.alloc(0);

  constructor(
    readonly id: string,
    readonly shard: string,
    readonly blueprint: string,
    readonly steps: number,
    /** The lines that the steps use in turn. */
    private readonly input: readonly string[],
    private readonly notify: (message: WorkerMessage) => void,
  ) {
    const work = BLUEPRINTS.get(blueprint);
    if (work === undefined)
      throw new RangeError(
        `invalid blueprint ${JSON.stringify(blueprint)}: expected one of ${[...BLUEPRINTS.keys()].join(', ')}`,
      );
    this.work = work;
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.status === WorkerStatusLabel.Completed || this.status === WorkerStatusLabel.Stopped;
  }

  /** Executes the oldest command of its inbox. */
  step(): void {
    for (const command of this.inbox.shift(1)) this.execute(command);
  }

  private execute(command: Command): void {
    if (this.hasEnded) return;
    switch (command) {
      case 'tick':
        if (this.status !== WorkerStatusLabel.Paused) this.advance();
        return;
      case 'pause':
        this.status = WorkerStatusLabel.Paused;
        this.notify({ type: 'paused', worker: this });
        return;
      case 'resume':
        this.status = WorkerStatusLabel.InProgress;
        this.notify({ type: 'resumed', worker: this });
        return;
      case 'stop':
        this.status = WorkerStatusLabel.Stopped;
        this.notify({ type: 'stopped', worker: this });
        return;
    }
  }

  private advance(): void {
    this.status = WorkerStatusLabel.InProgress;
    ticker.recordWorkerTick(this.id, this.blueprint);
    try {
      this.result = this.work(this.result, this.input[this.done % this.input.length] ?? '');
    } catch (error) {
      this.status = WorkerStatusLabel.Stopped;
      this.notify({ type: 'failed', worker: this, reason: (error as Error).message });
      return;
    }
    this.done++;
    ticker.setWorkerProgress(this.id, this.blueprint, this.done, this.steps);
    if (this.done < this.steps) {
      this.notify({ type: 'progress', worker: this });
    } else {
      this.status = WorkerStatusLabel.Completed;
      this.notify({ type: 'completed', worker: this });
    }
  }
}
