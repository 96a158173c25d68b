import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import type { SliceProducer } from '../collection/slices';
import { CollectionErrors } from '../collection-errors';
import { recovered, report } from '../diagnostics';
import { errorMessage } from '../issues';
import { withTimeout } from '../timeout';
import { Turns } from '../turns';
import { FinalStates } from './final-states';
import { FrameReader } from './frame-reader';
import { FrameSocket } from './frame-socket';
import { FRAME, PROTOCOL_VERSION, SOURCE } from './frame-types';
import { FrameWriter } from './frame-writer';
import type { Page, PageRequest } from './page';
import { RemotePages } from './remote-pages';
import { StateEncoder } from './state-encoder';
import type { Hello } from './worker-connection';

/** Options of {@link WorkerClient}. */
export interface WorkerClientOptions {
  /** The socket of the aggregator. */
  readonly path: string;
  /** Identifies the process or thread, and each SDK that it starts. */
  readonly instance: string;
  /** The time between two syncs, in milliseconds. */
  readonly intervalMillis: number;
  /** Called with frames about other processes, in a group of equal ones. */
  readonly onReplica?: (type: number, frame: FrameReader) => void;
  /**
   * Called when a connection was lost or cannot be made. If this is absent, the client tries again by itself, and sends what is
   * left when the process ends.
   */
  readonly onLost?: () => void;
}

const RETRY_MILLIS = 250;
/** How long a callback of an asynchronous instrument may take in a flush. */
const CALLBACK_MILLIS = 500;

/**
 * Sends the metrics of this process or thread to the aggregator: at an interval what synchronous instruments have recorded,
 * and everything when the aggregator asks. Keeps nothing alive.
 */
export class WorkerClient {
  private encoder = new StateEncoder(SOURCE.OWN);
  private readonly pages = new RemotePages();
  private readonly errors = new CollectionErrors();
  private readonly timer: NodeJS.Timeout;
  private socket: FrameSocket | undefined;
  private connected: Promise<boolean>;
  private walk: Turns | undefined;
  /** The syncs that were asked for, one after the other. */
  private queue: Promise<void> = Promise.resolve();
  private retry: NodeJS.Timeout | undefined;
  private isClosed = false;
  private readonly onExit = () => this.flushAtOnce();

  constructor(
    private readonly producer: SliceProducer,
    private readonly options: WorkerClientOptions,
  ) {
    this.connected = this.connect();
    this.timer = setInterval(() => void this.sync(false, 0), options.intervalMillis).unref();
    if (options.onLost === undefined) process.on('exit', this.onExit);
  }

  /** Whether the aggregator can be reached. */
  get isConnected(): Promise<boolean> {
    return this.connected;
  }

  /**
   * Sends everything that was recorded before the call. Resolves when the system has accepted it, or if the process that
   * serves has ended.
   */
  async flush(): Promise<void> {
    if (!(await this.connected)) return;
    await this.sync(true, 0);
    await this.socket?.drain();
  }

  /** Returns a page of the metrics of all processes. */
  async page(request: PageRequest): Promise<Page> {
    const isConnected = await this.connected;
    const { socket } = this;
    if (!isConnected || socket === undefined) throw new Error('the process that serves the metrics cannot be reached');
    return this.pages.request(request, (frame) => socket.send(frame));
  }

  /** Sends what is left, and closes the connection. */
  async shutdown(): Promise<void> {
    await this.flush().catch(() => {});
    this.close();
  }

  /** Closes the connection. */
  close(): void {
    this.isClosed = true;
    process.off('exit', this.onExit);
    clearInterval(this.timer);
    clearTimeout(this.retry);
    this.socket?.end();
  }

  /** Sends what synchronous instruments have recorded, while the process ends. */
  private flushAtOnce(): void {
    if (this.isClosed) return;
    const { path, instance } = this.options;
    const { streams } = this.producer.collectRecorded();
    if (this.socket !== undefined) {
      this.walk?.runAtOnce();
      this.encode(streams, false, 0).runAtOnce();
      if (this.socket.unsent === 0) return;
    } else if (process.platform !== 'win32' && !existsSync(path)) return;
    // Not connected yet, or more than the system accepts at once.
    new FinalStates(path).write({ instance, predecessors: [] }, streams, []);
  }

  private connect(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = connect(this.options.path);
      const frames = new FrameSocket(socket, {
        onFrame: (content) => this.receive(new FrameReader(content)),
        onClose: (error) => {
          resolve(false);
          if (this.socket !== frames && this.socket !== undefined) return;
          this.socket = undefined;
          this.lose(error);
        },
      });
      socket.once('connect', () => {
        // The new receiver knows nothing of what was sent before.
        this.encoder = new StateEncoder(SOURCE.OWN);
        this.socket = frames;
        frames.send(helloFrame({ version: PROTOCOL_VERSION, instance: this.options.instance, pid: process.pid }));
        void this.sync(false, 0);
        resolve(true);
      });
    });
  }

  private lose(error: Error | undefined): void {
    this.pages.fail(error ?? new Error('the connection was closed'));
    if (this.isClosed) return;
    if (this.options.onLost !== undefined) {
      this.options.onLost();
      return;
    }
    this.retry = setTimeout(() => {
      this.connected = this.connect();
    }, RETRY_MILLIS).unref();
  }

  private receive(frame: FrameReader): void {
    const type = frame.byte();
    switch (type) {
      case FRAME.SYNC: {
        const sync = frame.integer();
        void this.sync(true, sync, frame.integer());
        break;
      }
      case FRAME.ORIGIN:
      case FRAME.STATE:
        this.options.onReplica?.(type, frame);
        break;
      case FRAME.REFUSAL:
        this.isClosed = true;
        report('processes', `the metrics of process ${process.pid} are not on the common page: ${frame.text()}`);
        break;
      default:
        this.pages.receive(type, frame);
    }
  }

  /**
   * Sends what has changed, after the syncs before.
   *
   * @param isComplete whether callbacks are run
   * @param number of the request that is answered, or 0
   */
  private sync(isComplete: boolean, number: number, callbackMillis = CALLBACK_MILLIS): Promise<void> {
    this.queue = this.queue.then(async () => {
      if (this.socket === undefined || (!isComplete && this.socket.unsent > 0)) return;
      try {
        const collected = isComplete
          ? await withTimeout(
              this.producer.collectSlices({ timeoutMillis: callbackMillis }),
              callbackMillis * 2,
              'callbacks timed out',
            )
          : this.producer.collectRecorded();
        if (isComplete) this.errors.report(collected.errors);
        // What a producer or a callback that failed does not have keeps its last values.
        const walk = this.encode(collected.streams, isComplete && collected.errors.length === 0, number);
        this.walk = walk;
        await walk.run();
        recovered('processes', 'sync');
      } catch (error) {
        report('processes', `the metrics of process ${process.pid} cannot be sent: ${errorMessage(error)}`, 'sync');
      } finally {
        this.walk = undefined;
      }
    });
    return this.queue;
  }

  private encode(streams: Parameters<StateEncoder['encode']>[0], isComplete: boolean, number: number): Turns {
    const { socket, encoder } = this;
    return new Turns(
      (function* () {
        for (const frame of encoder.encode(streams, isComplete, number)) {
          if (frame !== undefined) socket?.send(frame);
          yield;
        }
      })(),
    );
  }
}

function helloFrame(hello: Hello): Buffer {
  const writer = new FrameWriter();
  writer.byte(FRAME.HELLO);
  writer.text(JSON.stringify(hello));
  return writer.finish();
}
