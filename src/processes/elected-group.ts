import { setTimeout as sleep } from 'node:timers/promises';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { CollectedStream, SliceProducer } from '../collection/slices';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import { AggregatedProducer } from './aggregated-producer';
import { Aggregator } from './aggregator';
import { announceAggregator, type ProgramIdentity } from './aggregator-address';
import { AttachedReader } from './attached-reader';
import { Election } from './election';
import type { PageSource } from './page';
import type { GroupOptions, ProcessGroup } from './process-group';
import { ProcessMetrics } from './process-metrics';
import { Replica, ReplicaSender } from './replica';
import { removeStaleSockets } from './socket-paths';
import { WorkerClient } from './worker-client';
import type { WorkerConnection } from './worker-connection';
import { WorkerReader } from './worker-reader';

/** The longest that a process waits before it tries to take over, in milliseconds, so that not all do it at once. */
const MAX_DELAY_MILLIS = 50;
/** How much longer one waits that does not know what ended processes have counted, in milliseconds. */
const NEWCOMER_DELAY_MILLIS = 150;

/**
 * One of several equal processes, such as those of pm2's cluster mode. One of them serves; the others send it their metrics,
 * and get from it what they need to take over when it ends: what it has counted itself, and what ended processes have counted.
 */
export class ElectedGroup implements ProcessGroup {
  readonly reader: IMetricReader;
  readonly selfMetrics = new ProcessMetrics(() => this.aggregator);
  private readonly election: Election;
  private readonly pushReaders: AttachedReader[] = [];
  private readonly senders = new Map<WorkerConnection, ReplicaSender>();
  private readonly stopAnnouncing: () => void;
  private producer: SliceProducer | undefined;
  private serve: () => Promise<void> = async () => {};
  private client: WorkerClient | undefined;
  private aggregator: Aggregator | undefined;
  private replica: Replica;
  private timer: NodeJS.Timeout | undefined;
  private hasLeft = false;
  private readonly onExit = () => this.resign();

  /**
   * @param path what leads to the process that serves
   * @param aggregation that of the reader which serves
   */
  constructor(
    private readonly options: GroupOptions,
    path: string,
    identity: ProgramIdentity,
    aggregation: IMetricReader['selectAggregation'],
  ) {
    this.election = new Election(path);
    this.replica = new Replica(options.cardinalityLimit);
    this.stopAnnouncing = announceAggregator(path, identity);
    this.reader = new WorkerReader(aggregation, {
      start: (producer) => {
        this.producer = producer;
      },
      flush: () => this.flush(),
      shutdown: async () => this.client?.shutdown(),
    });
    process.on('exit', this.onExit);
  }

  attach(reader: IMetricReader, isPush: boolean): IMetricReader {
    const attached = new AttachedReader(reader, (own) => this.produce(own, reader), !isPush);
    if (isPush) this.pushReaders.push(attached);
    return attached;
  }

  private produce(own: SliceProducer, reader: IMetricReader): AggregatedProducer {
    return new AggregatedProducer(
      own,
      () => this.aggregator,
      (type) => reader.selectAggregationTemporality(type),
    );
  }

  remotePages(): PageSource | undefined {
    const { client } = this;
    return client === undefined ? undefined : (request) => client.page(request);
  }

  async join(serve: () => Promise<void>): Promise<void> {
    this.serve = serve;
    removeStaleSockets();
    await this.findPlace();
  }

  leave(): void {
    if (this.hasLeft) return;
    this.hasLeft = true;
    process.off('exit', this.onExit);
    this.stopAnnouncing();
    clearInterval(this.timer);
    this.resign();
    this.aggregator?.close();
    this.client?.close();
  }

  /**
   * Leaves the place to others, which take over with what has been counted until now. They notice it when the connections
   * are closed: at the end of the process, when the port is free.
   */
  private resign(): void {
    if (this.aggregator === undefined) return;
    this.replicate();
    this.election.resign();
  }

  /** Connects to the process that serves, or becomes it. */
  private async findPlace(): Promise<void> {
    while (!this.hasLeft) {
      this.election.observe();
      if ((await this.follow()) || (await this.lead())) return;
    }
  }

  private async follow(): Promise<boolean> {
    const replica = new Replica(this.options.cardinalityLimit);
    const client = new WorkerClient(this.producer as SliceProducer, {
      path: this.election.path,
      intervalMillis: this.options.intervalMillis,
      onReplica: (source, frame) => replica.receive(source, frame),
      onLost: () => {
        if (this.client === client) void this.replace(client);
      },
    });
    if (!(await client.isConnected)) {
      client.close();
      return false;
    }
    this.client = client;
    this.replica = replica;
    return true;
  }

  private async replace(client: WorkerClient): Promise<void> {
    client.close();
    // One that knows what was counted before goes first.
    const delay = (this.replica.hasState ? 0 : NEWCOMER_DELAY_MILLIS) + Math.random() * MAX_DELAY_MILLIS;
    await sleep(delay, undefined, { ref: false });
    await this.findPlace();
  }

  private async lead(): Promise<boolean> {
    const aggregator = new Aggregator(this.replica.inherit(), this.options.makePage, {
      onSync: () => void this.replicateAll(),
      onWorker: (connection) => this.replicate([connection]),
    });
    try {
      this.election.clear();
      if ((await aggregator.listen(this.election.candidatePath)) && (await this.election.win()) && !this.hasLeft) {
        this.aggregator = aggregator;
        this.client = undefined;
        this.timer = setInterval(() => this.stayOrFollow(), this.options.intervalMillis).unref();
        for (const reader of this.pushReaders) reader.activate();
        // Serves where others find it, though another process may still have the port.
        void this.serve();
        return true;
      }
    } catch (error) {
      report('processes', `the processes cannot agree on the one that serves: ${errorMessage(error)}`);
      await sleep(this.options.intervalMillis, undefined, { ref: false });
    }
    aggregator.close();
    return false;
  }

  /** Replicates, unless another process was elected while this one was too busy to be found. */
  private stayOrFollow(): void {
    if (this.election.isWon()) {
      this.replicate();
      return;
    }
    clearInterval(this.timer);
    this.aggregator?.close();
    this.aggregator = undefined;
    this.senders.clear();
    void this.findPlace();
  }

  /** Sends workers what synchronous instruments have recorded. */
  private replicate(to = this.aggregator?.accepted()): void {
    if (this.producer !== undefined) this.sendReplicas(this.producer.collectRecorded().streams, false, to);
  }

  /** Sends all workers everything, with the callbacks that a scrape runs anyway. */
  private async replicateAll(): Promise<void> {
    try {
      const collected = await this.producer?.collectSlices();
      if (collected !== undefined) this.sendReplicas(collected.streams, collected.errors.length === 0);
    } catch (error) {
      report('processes', `metrics cannot be replicated: ${errorMessage(error)}`);
    }
  }

  private sendReplicas(
    streams: readonly CollectedStream[],
    isComplete: boolean,
    to: readonly WorkerConnection[] = this.aggregator?.accepted() ?? [],
  ): void {
    const { aggregator } = this;
    if (aggregator === undefined || to.length === 0) return;
    const own = streams.map(keepPoints);
    const ended = aggregator.store.folded();
    const accepted = aggregator.accepted();
    for (const each of this.senders.keys()) if (!accepted.includes(each)) this.senders.delete(each);
    for (const connection of to) {
      const sender = this.senders.get(connection) ?? new ReplicaSender((frame) => connection.send(frame));
      this.senders.set(connection, sender);
      sender.update(own, isComplete, ended);
    }
  }

  private async flush(): Promise<void> {
    await this.client?.flush();
    if (this.aggregator === undefined) return;
    await this.replicateAll();
    await this.aggregator.drain();
  }
}

/** Reads a stream, so that it can be read several times. */
function keepPoints(stream: CollectedStream): CollectedStream {
  const { scope, descriptor, aggregationTemporality, dataPointType, isMonotonic, size } = stream;
  const slices = [...stream.slices()];
  const metadata = { scope, descriptor, aggregationTemporality, dataPointType, size };
  return { ...metadata, ...(isMonotonic === undefined ? {} : { isMonotonic }), slices: () => slices };
}
