import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { rmSync } from 'node:fs';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { SliceProducer } from '../collection/slices';
import { AggregatedProducer } from './aggregated-producer';
import { Aggregator } from './aggregator';
import { announceAggregator, type ProgramIdentity } from './aggregator-address';
import { AttachedReader } from './attached-reader';
import { FinalStates } from './final-states';
import { MergedStore } from './merged-store';
import type { GroupOptions, ProcessGroup } from './process-group';
import { ProcessMetrics } from './process-metrics';
import { processSocketPath, removeStaleSockets } from './socket-paths';

/** The channels of Node.js that announce child processes and threads before they run. */
const CHANNELS = ['child_process', 'worker_threads'] as const;

/**
 * A process whose descendants and threads send their metrics to it. Nothing listens until the first of them is created: most
 * programs have none.
 */
export class PrimaryGroup implements ProcessGroup {
  readonly reader: IMetricReader | undefined = undefined;
  readonly selfMetrics = new ProcessMetrics(() => this.aggregator);
  private readonly path = processSocketPath(process.pid);
  private readonly stopAnnouncing: () => void;
  private aggregator: Aggregator | undefined;
  private readonly onChild = () => this.listen();
  private readonly onExit = () => this.leave();

  constructor(
    private readonly options: GroupOptions,
    identity: ProgramIdentity,
  ) {
    this.stopAnnouncing = announceAggregator(this.path, identity);
    for (const channel of CHANNELS) subscribe(channel, this.onChild);
    process.on('exit', this.onExit);
  }

  attach(reader: IMetricReader): IMetricReader {
    return new AttachedReader(reader, (own) => this.produce(own, reader), true);
  }

  private produce(own: SliceProducer, reader: IMetricReader): AggregatedProducer {
    return new AggregatedProducer(
      own,
      () => this.aggregator,
      (type) => reader.selectAggregationTemporality(type),
    );
  }

  remotePages(): undefined {
    return undefined;
  }

  async join(serve: () => Promise<void>): Promise<void> {
    await serve();
  }

  leave(): void {
    process.off('exit', this.onExit);
    this.stopAnnouncing();
    for (const channel of CHANNELS) unsubscribe(channel, this.onChild);
    this.aggregator?.close();
    if (this.aggregator !== undefined && process.platform !== 'win32') rmSync(this.path, { force: true });
    this.aggregator = undefined;
  }

  private listen(): void {
    if (this.aggregator !== undefined) return;
    removeStaleSockets();
    const store = new MergedStore(this.options.cardinalityLimit);
    this.aggregator = new Aggregator(store, new FinalStates(this.path), this.options.makePage);
    this.aggregator.open();
    void this.aggregator.listen(this.path);
  }
}
