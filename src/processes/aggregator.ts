import { createServer, type Server } from 'node:net';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import { withTimeout } from '../timeout';
import type { MergedStore } from './merged-store';
import type { PageSource } from './page';
import { type Hello, WorkerConnection } from './worker-connection';

/** The instances that are remembered after their end. */
const MAX_ENDED = 10_000;

/** What a group does with its workers. */
export interface AggregatorHooks {
  /** Called when all workers are asked for their metrics. */
  readonly onSync?: () => void;
  /** Called with each new worker. */
  readonly onWorker?: (connection: WorkerConnection) => void;
}

/** Receives the metrics of workers into a store. */
export class Aggregator {
  /** The value of the `process` label of this process. */
  readonly ownLabel = '0';
  private readonly connections = new Set<WorkerConnection>();
  /** The `process` labels in use. */
  private readonly labels = new Map<WorkerConnection, string>();
  /** Instances whose counts were folded, and would be counted twice if they came back. */
  private readonly ended = new Set<string>();
  private server: Server | undefined;
  private syncing: Promise<void> | undefined;

  constructor(
    readonly store: MergedStore,
    private readonly makePage: PageSource,
    private readonly hooks: AggregatorHooks = {},
  ) {}

  /** The number of workers. */
  get workers(): number {
    return this.accepted().length;
  }

  /** The number of workers that have not answered the last request for their metrics. */
  get lateWorkers(): number {
    return this.accepted().filter(({ isLate }) => isLate).length;
  }

  /** The connections of workers that are accepted. */
  accepted(): WorkerConnection[] {
    return [...this.connections].filter(({ isAccepted }) => isAccepted);
  }

  /**
   * Listens. Resolves to whether it does; a failure is reported.
   *
   * @param path a socket that nobody listens on
   */
  listen(path: string): Promise<boolean> {
    const server = createServer((socket) => {
      this.connections.add(
        new WorkerConnection(socket, {
          store: this.store,
          makePage: this.makePage,
          accept: (connection, hello) => this.accept(connection, hello),
          closed: (connection, instance) => this.remove(connection, instance),
        }),
      );
    }).unref();
    this.server = server;
    return new Promise((resolve) => {
      server.on('error', (error) => {
        report('processes', `the metrics of other processes cannot be received: ${errorMessage(error)}`);
        resolve(false);
      });
      server.once('listening', () => resolve(true));
      // Not through the primary of a cluster.
      server.listen({ path, exclusive: true });
    });
  }

  /**
   * Asks all workers for their metrics and waits until they have sent them. A worker that does not answer in time is not
   * waited for again until it has answered; its last known values stay.
   */
  async sync(timeoutMillis: number): Promise<void> {
    this.syncing ??= this.syncOnce(timeoutMillis).finally(() => {
      this.syncing = undefined;
    });
    await this.syncing;
  }

  /** Resolves when the sync that is under way has ended. */
  async settled(): Promise<void> {
    await this.syncing;
  }

  /** Remembers an instance that has ended elsewhere. */
  addEnded(instance: string): void {
    this.ended.add(instance);
    const [oldest] = this.ended;
    if (this.ended.size > MAX_ENDED && oldest !== undefined) this.ended.delete(oldest);
  }

  /** Resolves when the system has accepted everything that was sent to workers. */
  async drain(): Promise<void> {
    await Promise.all(this.accepted().map((connection) => connection.drain()));
  }

  /** Stops receiving. */
  close(): void {
    this.server?.close();
    for (const connection of this.connections) connection.destroy();
  }

  private async syncOnce(timeoutMillis: number): Promise<void> {
    this.hooks.onSync?.();
    const asked = this.accepted().filter(({ isLate }) => !isLate);
    if (asked.length === 0) return;
    const answers = Promise.all(asked.map((worker) => worker.sync(timeoutMillis / 2)));
    await withTimeout(answers, timeoutMillis, '').catch(() => {});
  }

  private accept(connection: WorkerConnection, { instance }: Hello): { process: string } | { refusal: string } {
    if (this.ended.has(instance)) return { refusal: 'it was counted as ended when its connection was closed' };
    const used = new Set(this.labels.values()).add(this.ownLabel);
    let label = 0;
    while (used.has(String(label))) label++;
    this.labels.set(connection, String(label));
    // When it is accepted.
    setImmediate(() => this.hooks.onWorker?.(connection));
    return { process: String(label) };
  }

  private remove(connection: WorkerConnection, instance: string | undefined): void {
    this.connections.delete(connection);
    this.labels.delete(connection);
    if (instance !== undefined) this.addEnded(instance);
  }
}
