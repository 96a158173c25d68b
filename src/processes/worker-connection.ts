import type { Socket } from 'node:net';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import type { FrameQueue } from './frame-queue';
import { FrameReader } from './frame-reader';
import { FrameSocket } from './frame-socket';
import { FRAME, PROTOCOL_VERSION, SOURCE } from './frame-types';
import { FrameWriter } from './frame-writer';
import type { MergedStore } from './merged-store';
import type { PageRequest, PageSource } from './page';
import { StateDecoder } from './state-decoder';

/** What a worker says about itself. */
export interface Hello {
  readonly version: number;
  /** Identifies the process or thread, and each SDK that it starts. */
  readonly instance: string;
  readonly pid: number;
}

/** What a connection needs of the aggregator. */
export interface Workers {
  readonly store: MergedStore;
  /** Handles the states of all workers. */
  readonly states: FrameQueue;
  readonly makePage: PageSource;
  /** Returns the value of the `process` label for a worker, or why the worker is not accepted. */
  accept(connection: WorkerConnection, hello: Hello): { readonly process: string } | { readonly refusal: string };
  /** Called when the connection is closed, with what the worker has contributed. */
  closed(connection: WorkerConnection, instance: string | undefined, decoder: StateDecoder | undefined): void;
}

/** The connection of a worker to the aggregator. */
export class WorkerConnection {
  private readonly socket: FrameSocket;
  private readonly writer = new FrameWriter();
  private decoder: StateDecoder | undefined;
  private hello: Hello | undefined;
  /** The numbers of the requests that were sent and answered last. */
  private asked = 0;
  private answered = 0;
  private waiting: (() => void)[] = [];
  private isClosed = false;
  /** Whether a state could not be applied. Those after it are not. */
  private hasFailed = false;

  constructor(
    socket: Socket,
    private readonly workers: Workers,
  ) {
    this.socket = new FrameSocket(socket, {
      onFrame: (content) => this.receive(new FrameReader(content)),
      onClose: (error) => this.close(error),
    });
  }

  /** Identifies the worker. Absent if it is not accepted. */
  get instance(): string | undefined {
    return this.hello?.instance;
  }

  /** Whether the worker has sent metrics. */
  get isAccepted(): boolean {
    return this.decoder !== undefined;
  }

  /** Whether the worker has not answered the last request. */
  get isLate(): boolean {
    return this.asked > this.answered;
  }

  /**
   * Asks for everything that has changed. Resolves when it has arrived, or the worker has ended.
   *
   * @param callbackMillis how long callbacks of asynchronous instruments may take
   */
  async sync(callbackMillis: number): Promise<void> {
    if (this.isClosed) return;
    this.writer.byte(FRAME.SYNC);
    this.writer.integer(++this.asked);
    this.writer.integer(Math.ceil(callbackMillis));
    this.socket.send(this.writer.finish());
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Sends a frame that {@link StateEncoder} wrote. */
  send(frame: Buffer): void {
    this.socket.send(frame);
  }

  /** Resolves when the system has accepted everything that was sent. */
  drain(): Promise<void> {
    return this.socket.drain();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private receive(frame: FrameReader): void {
    switch (frame.byte()) {
      case FRAME.HELLO:
        this.greet(JSON.parse(frame.text()) as Hello);
        break;
      case FRAME.STATE:
        if (frame.integer() === SOURCE.OWN) this.workers.states.add(this, () => this.apply(frame));
        break;
      case FRAME.PAGE_REQUEST:
        void this.sendPage(frame.integer(), JSON.parse(frame.text()) as PageRequest);
        break;
      default:
    }
  }

  private greet(hello: Hello): void {
    const verdict =
      hello.version === PROTOCOL_VERSION
        ? this.workers.accept(this, hello)
        : {
            refusal: `it has another version of meterbridge, with protocol ${hello.version} instead of ${PROTOCOL_VERSION}`,
          };
    if ('process' in verdict) {
      this.hello = hello;
      this.decoder = new StateDecoder(this.workers.store, verdict.process);
      return;
    }
    this.writer.byte(FRAME.REFUSAL);
    this.writer.text(verdict.refusal);
    this.socket.send(this.writer.finish());
    this.socket.end();
  }

  private apply(frame: FrameReader): void {
    if (this.hasFailed) return;
    try {
      const sync = this.decoder?.apply(frame) ?? 0;
      if (sync > 0) this.answer(sync);
    } catch (error) {
      this.hasFailed = true;
      this.socket.destroy(error as Error);
    }
  }

  private answer(sync: number): void {
    this.answered = sync;
    if (!this.isLate) for (const resolve of this.waiting.splice(0)) resolve();
  }

  private close(error: Error | undefined): void {
    this.workers.states.flush(this);
    this.isClosed = true;
    if (error !== undefined && error.name === 'FrameError') {
      report('processes', `the metrics of process ${this.hello?.pid} cannot be read: ${error.message}`);
    }
    this.workers.closed(this, this.hello?.instance, this.decoder);
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private async sendPage(id: number, request: PageRequest): Promise<void> {
    const frame = (type: number) => {
      const writer = new FrameWriter();
      writer.byte(type);
      writer.integer(id);
      return writer;
    };
    try {
      const { status, contentType, body } = await this.workers.makePage(request);
      const head = frame(FRAME.PAGE_HEAD);
      head.integer(status);
      head.text(contentType);
      this.socket.send(head.finish());
      for await (const bytes of body) {
        const piece = frame(FRAME.PAGE_PIECE);
        piece.bytes(bytes);
        body.release?.(bytes);
        this.socket.send(piece.finish());
        if (this.socket.unsent > 0) await this.socket.drain();
        if (this.isClosed) return;
      }
      this.socket.send(frame(FRAME.PAGE_END).finish());
    } catch (error) {
      report('processes', `a page for process ${this.hello?.pid} failed: ${errorMessage(error)}`);
      this.socket.destroy();
    }
  }
}
