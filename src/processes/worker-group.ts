import { randomUUID } from 'node:crypto';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { AttachedReader } from './attached-reader';
import type { PageSource } from './page';
import type { GroupOptions, ProcessGroup } from './process-group';
import { ProcessMetrics } from './process-metrics';
import { WorkerClient } from './worker-client';
import { WorkerReader } from './worker-reader';

/** A process or thread whose metrics another process serves. */
export class WorkerGroup implements ProcessGroup {
  readonly reader: IMetricReader;
  readonly selfMetrics = new ProcessMetrics(() => undefined);
  private client: WorkerClient | undefined;

  /**
   * @param path the socket of the aggregator
   * @param aggregation that of the reader which serves
   */
  constructor(options: GroupOptions, path: string, aggregation: IMetricReader['selectAggregation']) {
    this.reader = new WorkerReader(aggregation, {
      start: (producer) => {
        this.client = new WorkerClient(producer, {
          path,
          instance: randomUUID(),
          intervalMillis: options.intervalMillis,
        });
      },
      flush: async () => this.client?.flush(),
      shutdown: async () => this.client?.shutdown(),
    });
  }

  attach(reader: IMetricReader, isPush: boolean): IMetricReader {
    return new AttachedReader(reader, (own) => own, !isPush);
  }

  remotePages(): PageSource | undefined {
    const { client } = this;
    return client === undefined ? undefined : (request) => client.page(request);
  }

  async join(): Promise<void> {
    await this.client?.isConnected;
  }

  leave(): void {}
}
