import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IMetricReader, MetricCollectOptions } from '@opentelemetry/sdk-metrics';
import type { CollectedStream, SliceProducer } from '../collection/slices';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import { AggregatedProducer } from './aggregated-producer';
import { Aggregator } from './aggregator';
import { announceAggregator, type ProgramIdentity } from './aggregator-address';
import { AttachedReader } from './attached-reader';
import { Election } from './election';
import { FinalStates } from './final-states';
import { MergedStore } from './merged-store';
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
 * and get from it what they need to take over when it is killed: what it has counted itself, and what ended processes have
 * counted. A process that ends leaves its counts in a file, because the process that serves can end at the same time.
 */
export class ElectedGroup implements ProcessGroup {
  readonly reader: IMetricReader;
  readonly selfMetrics = new ProcessMetrics(() => this.aggregator);
  private readonly instance = randomUUID();
  private readonly election: Election;
  private readonly finalStates: FinalStates;
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
  private readonly onExit = () => this.leave();

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
    this.finalStates = new FinalStates(path);
    this.replica = this.createReplica();
    this.stopAnnouncing = announceAggregator(path, identity);
    this.reader = new WorkerReader(aggregation, {
      start: (producer) => {
        this.producer = producer;
      },
      flush: () => this.flush(),
      shutdown: async () => {
        await this.flush();
        this.leave();
      },
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
    const { aggregator, client, producer, instance } = this;
    const origin = { instance, predecessors: aggregator?.predecessors ?? [] };
    const own = producer?.collectRecorded().streams ?? [];
    // Before the connections are closed: who notices that must find it.
    this.finalStates.write(origin, own, aggregator?.store.folded() ?? []);
    if (aggregator !== undefined) this.election.resign();
    aggregator?.close();
    client?.close();
  }

  beforeSignal(): void {
    this.leave();
  }

  private createReplica(): Replica {
    return new Replica(new MergedStore(this.options.cardinalityLimit));
  }

  /** Connects to the process that serves, or becomes it. */
  private async findPlace(): Promise<void> {
    while (!this.hasLeft) {
      this.election.observe();
      if ((await this.follow()) || (await this.lead())) return;
    }
  }

  private async follow(): Promise<boolean> {
    const replica = this.createReplica();
    const client = new WorkerClient(this.producer as SliceProducer, {
      path: this.election.path,
      instance: this.instance,
      intervalMillis: this.options.intervalMillis,
      onReplica: (type, frame) => {
        replica.receive(type, frame);
        // Not before: a candidate that is not elected sends nothing.
        this.replica = replica;
      },
      onLost: () => {
        if (this.client === client) void this.replace(client);
      },
    });
    if (!(await client.isConnected)) {
      client.close();
      return false;
    }
    this.client = client;
    return true;
  }

  private async replace(client: WorkerClient): Promise<void> {
    client.close();
    // One that knows what was counted before goes first.
    const delay = (this.replica.origin !== undefined ? 0 : NEWCOMER_DELAY_MILLIS) + Math.random() * MAX_DELAY_MILLIS;
    await sleep(delay, undefined, { ref: false });
    await this.findPlace();
  }

  private async lead(): Promise<boolean> {
    const { replica, finalStates } = this;
    const aggregator = new Aggregator(replica.store, finalStates, this.options.makePage, {
      onSync: (collection) => void this.replicateAll(collection),
      onWorker: (connection) => this.replicate([connection]),
    });
    try {
      this.election.clear();
      if ((await aggregator.listen(this.election.candidatePath)) && (await this.election.win()) && !this.hasLeft) {
        this.aggregator = aggregator;
        aggregator.open(replica);
        this.client = undefined;
        this.timer = setInterval(() => this.stayOrFollow(), this.options.intervalMillis).unref();
        const takesOver = aggregator.predecessors.length > 0;
        if (takesOver) replica.store.takeOver();
        for (const reader of this.pushReaders) reader.activate(takesOver);
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
    this.handOver();
    this.senders.clear();
    void this.findPlace();
  }

  /** Leaves what ended processes have counted to the process that serves now. This process sends it what it counts itself. */
  private handOver(): void {
    const { aggregator } = this;
    if (aggregator === undefined) return;
    this.finalStates.write(
      { instance: randomUUID(), predecessors: aggregator.predecessors },
      [],
      aggregator.store.folded(),
    );
    aggregator.close();
    this.aggregator = undefined;
    this.replica = this.createReplica();
  }

  /** Sends workers what synchronous instruments have recorded. */
  private replicate(to = this.aggregator?.accepted()): void {
    if (this.producer !== undefined) this.sendReplicas(this.producer.collectRecorded().streams, false, to);
  }

  /** Sends all workers everything, with the callbacks that a scrape runs anyway. */
  private async replicateAll(options?: MetricCollectOptions): Promise<void> {
    try {
      const collected = await this.producer?.collectSlices(options);
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
    const origin = { instance: this.instance, predecessors: aggregator.predecessors };
    const own = streams.map(keepPoints);
    const ended = aggregator.store.folded();
    const accepted = aggregator.accepted();
    for (const each of this.senders.keys()) if (!accepted.includes(each)) this.senders.delete(each);
    for (const connection of to) {
      const sender = this.senders.get(connection) ?? new ReplicaSender(origin, (frame) => connection.send(frame));
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
