import { ticker, WorkerStatusLabel } from 'meterbridge/systems/ticker';
import { BLUEPRINTS, type Blueprint } from './blueprints';
import { MessageQueue } from './queue';

/** What a worker is told. */
export type Command = 'tick' | 'pause' | 'resume' | 'stop';

/** What a worker tells its controller. */
export interface WorkerMessage {
  readonly type: 'progress' | 'completed' | 'failed' | 'paused' | 'resumed' | 'stopped';
  readonly worker: Worker;
  readonly reason?: string;
}

const INBOX_CAPACITY = 32;

/** Does a blueprint's steps, one for each tick it is given. */
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
    private readonly tell: (message: WorkerMessage) => void,
  ) {
    const work = BLUEPRINTS.get(blueprint);
    if (work === undefined)
      throw new RangeError(`no blueprint ${blueprint}; there are ${[...BLUEPRINTS.keys()].join(', ')}`);
    this.work = work;
  }

  /** Whether it will never work again. */
  get hasEnded(): boolean {
    return this.status === WorkerStatusLabel.Completed || this.status === WorkerStatusLabel.Stopped;
  }

  /** Does what the oldest message of its inbox says. */
  step(): void {
    for (const command of this.inbox.take(1)) this.obey(command);
  }

  private obey(command: Command): void {
    if (this.hasEnded) return;
    switch (command) {
      case 'tick':
        if (this.status !== WorkerStatusLabel.Paused) this.advance();
        return;
      case 'pause':
        this.status = WorkerStatusLabel.Paused;
        this.tell({ type: 'paused', worker: this });
        return;
      case 'resume':
        this.status = WorkerStatusLabel.InProgress;
        this.tell({ type: 'resumed', worker: this });
        return;
      case 'stop':
        this.status = WorkerStatusLabel.Stopped;
        this.tell({ type: 'stopped', worker: this });
        return;
    }
  }

  private advance(): void {
    this.status = WorkerStatusLabel.InProgress;
    ticker.recordWorkerTick(this.id, this.blueprint);
    try {
      this.result = this.work(this.result, this.done);
    } catch (error) {
      this.status = WorkerStatusLabel.Stopped;
      this.tell({ type: 'failed', worker: this, reason: (error as Error).message });
      return;
    }
    this.done++;
    ticker.setWorkerProgress(this.id, this.blueprint, this.done, this.steps);
    if (this.done < this.steps) {
      this.tell({ type: 'progress', worker: this });
    } else {
      this.status = WorkerStatusLabel.Completed;
      this.tell({ type: 'completed', worker: this });
    }
  }
}
