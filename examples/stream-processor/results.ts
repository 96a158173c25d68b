import { streamProcessor } from 'meterbridge/systems/stream-processor';
import type { Consumer, PartitionedLog } from './partitioned-log';
import { OUTPUT } from './pipeline';
import type { WindowResult } from './windows';

const MAX_RESULTS = 100;

/** Consumes the results of the pipeline and keeps the last ones. A result that was appended twice counts once. */
export class Results {
  private readonly byId = new Map<string, WindowResult>();
  private consumer: Consumer | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly log: PartitionedLog) {}

  /** The last results, the newest at the end. */
  get last(): WindowResult[] {
    return [...this.byId.values()];
  }

  async start(): Promise<void> {
    this.consumer = await this.log.consume(OUTPUT, 'results');
    this.running = this.run(this.consumer);
  }

  async stop(): Promise<void> {
    await this.consumer?.stop();
    await this.running;
    await this.consumer?.close();
  }

  private async run(consumer: Consumer): Promise<void> {
    for await (const { topic, partition, offset, value } of consumer.messages()) {
      streamProcessor.recordKafkaMessageConsumed(topic, partition);
      const result = JSON.parse(value) as WindowResult;
      if (!this.byId.has(result.id)) this.byId.set(result.id, result);
      if (this.byId.size > MAX_RESULTS) this.byId.delete(this.byId.keys().next().value as string);
      await consumer.commit(new Map([[partition, offset + 1]]));
    }
  }
}
