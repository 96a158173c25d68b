import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { rmSync } from 'node:fs';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { AggregatedProducer } from './aggregated-producer';
import { Aggregator } from './aggregator';
import { announceAggregator, type ProgramIdentity } from './aggregator-address';
import { AttachedReader } from './attached-reader';
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
    return new AttachedReader(reader, (own) => new AggregatedProducer(own, () => this.aggregator), true);
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
    this.aggregator = new Aggregator(new MergedStore(this.options.cardinalityLimit), this.options.makePage);
    void this.aggregator.listen(this.path);
  }
}
