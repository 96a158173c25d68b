import { createServer, type Server, type Socket } from 'node:net';
import type { MetricCollectOptions } from '@opentelemetry/sdk-metrics';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import { withTimeout } from '../timeout';
import type { FinalStates } from './final-states';
import { FrameQueue } from './frame-queue';
import type { MergedStore } from './merged-store';
import type { PageSource } from './page';
import type { Replica } from './replica';
import type { StateDecoder } from './state-decoder';
import { type Hello, WorkerConnection } from './worker-connection';

/** The instances that are remembered after their end. */
const MAX_ENDED = 10_000;

/** The most predecessors that are remembered: the newest. */
const MAX_PREDECESSORS = 100;

/** What a group does with its workers. */
export interface AggregatorHooks {
  /** Called when all workers are asked for their metrics, with the options of the collection. */
  readonly onSync?: (options: MetricCollectOptions) => void;
  /** Called with each new worker. */
  readonly onWorker?: (connection: WorkerConnection) => void;
}

/** Receives the metrics of workers into a store. */
export class Aggregator {
  /** The value of the `process` label of this process. */
  readonly ownLabel = '0';
  private readonly connections = new Set<WorkerConnection>();
  private readonly states = new FrameQueue();
  /** The `process` labels in use. */
  private readonly labels = new Map<WorkerConnection, string>();
  /** Instances whose counts were folded, and would be counted twice if they came back. */
  private readonly ended = new Set<string>();
  /** Whose counts this process has kept as those of ended processes, other than those of its workers. */
  private kept: string[] = [];
  /** Connections from before this process received metrics. */
  private early: Socket[] = [];
  private isOpen = false;
  private server: Server | undefined;
  private syncing: Promise<void> | undefined;

  constructor(
    readonly store: MergedStore,
    private readonly finalStates: FinalStates,
    private readonly makePage: PageSource,
    private readonly hooks: AggregatorHooks = {},
  ) {}

  /** Instances whose counts are part of what {@link MergedStore.folded} returns. */
  get predecessors(): readonly string[] {
    return this.kept;
  }

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
   * Listens. Resolves to whether it does; a failure is reported. Workers that connect are received after {@link open}.
   *
   * @param path a socket that nobody listens on
   */
  listen(path: string): Promise<boolean> {
    const server = createServer((socket) => {
      if (this.isOpen) this.connect(socket);
      else this.early.push(socket.unref().on('error', () => {}));
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
   * Begins to receive workers.
   *
   * @param replica what this process knows of the process that served before it
   */
  open(replica?: Replica): void {
    this.keepFinalStates(replica);
    this.isOpen = true;
    for (const socket of this.early.splice(0)) this.connect(socket);
  }

  /**
   * Asks all workers for their metrics and waits until they have sent them. A worker that does not answer in time is not
   * waited for again until it has answered; its last known values stay.
   */
  async sync(timeoutMillis: number, options: MetricCollectOptions = {}): Promise<void> {
    this.syncing ??= this.syncOnce(timeoutMillis, options).finally(() => {
      this.syncing = undefined;
    });
    await this.syncing;
  }

  /** Resolves when the sync that is under way has ended. */
  async settled(): Promise<void> {
    await this.syncing;
  }

  /** Resolves when the system has accepted everything that was sent to workers. */
  async drain(): Promise<void> {
    await Promise.all(this.accepted().map((connection) => connection.drain()));
  }

  /** Stops receiving. */
  close(): void {
    this.isOpen = false;
    this.server?.close();
    for (const socket of this.early.splice(0)) socket.destroy();
    for (const connection of this.connections) connection.destroy();
  }

  private connect(socket: Socket): void {
    this.connections.add(
      new WorkerConnection(socket, {
        store: this.store,
        states: this.states,
        makePage: this.makePage,
        accept: (connection, hello) => this.accept(connection, hello),
        closed: (connection, instance, decoder) => this.remove(connection, instance, decoder),
      }),
    );
  }

  private async syncOnce(timeoutMillis: number, options: MetricCollectOptions): Promise<void> {
    this.hooks.onSync?.(options);
    const asked = this.accepted().filter(({ isLate }) => !isLate);
    const answers = Promise.all(asked.map((worker) => worker.sync(timeoutMillis / 2)));
    // The workers answer meanwhile.
    this.keepFinalStates();
    if (asked.length > 0) await withTimeout(answers, timeoutMillis, '').catch(() => {});
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

  private remove(connection: WorkerConnection, instance: string | undefined, decoder: StateDecoder | undefined): void {
    this.connections.delete(connection);
    this.labels.delete(connection);
    // What ends afterwards is left to the next process that serves.
    if (instance === undefined || !this.isOpen) return;
    const final = this.finalStates.take(instance, this.store);
    decoder?.end(final?.own);
    final?.keep();
    this.addEnded(instance);
  }

  /** Keeps the counts of processes that have ended before this process knew them. */
  private keepFinalStates(replica?: Replica): void {
    const known = new Set([...this.connections].map(({ instance }) => instance));
    const replicas = replica?.origin === undefined ? [] : [replica];
    for (const instance of this.finalStates.instances()) {
      if (this.ended.has(instance)) this.finalStates.remove(instance);
      else if (!known.has(instance)) {
        const final = this.finalStates.take(instance, this.store);
        if (final !== undefined) replicas.push(final);
      }
    }
    // One whose counts are in those of a later process is not counted twice.
    const later = new Set(replicas.flatMap(({ origin }) => origin?.predecessors ?? []));
    for (const each of replicas) {
      const { instance = '' } = each.origin ?? {};
      if (this.ended.has(instance)) continue;
      if (later.has(instance)) each.discard();
      else each.keep(replicas.find((other) => other !== each && other.origin?.instance === instance));
      this.addEnded(instance);
      this.kept.push(instance);
    }
    this.kept = [...new Set([...later, ...this.kept])].slice(-MAX_PREDECESSORS);
  }

  private addEnded(instance: string): void {
    this.ended.add(instance);
    const [oldest] = this.ended;
    if (this.ended.size > MAX_ENDED && oldest !== undefined) this.ended.delete(oldest);
  }
}
