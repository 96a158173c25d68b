import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import type { ProcessGroup } from './process-group';
import { ProcessMetrics } from './process-metrics';

/** A process that exchanges no metrics with others. */
export class LoneGroup implements ProcessGroup {
  readonly reader: IMetricReader | undefined = undefined;
  readonly selfMetrics = new ProcessMetrics(() => undefined);

  attach(reader: IMetricReader): IMetricReader {
    return reader;
  }

  remotePages(): undefined {
    return undefined;
  }

  async join(serve: () => Promise<void>): Promise<void> {
    await serve();
  }

  leave(): void {}
}
