import { streamProcessor } from 'meterbridge/systems/stream-processor';
import type { Consumer, PartitionedLog } from './partitioned-log';
import { OUTPUT } from './pipeline';
import type { WindowResult } from './windows';

const MAX_RESULTS = 100;

/** Consumes the results of the pipeline and keeps the last ones. */
export class Results {
  /** The last results, the newest at the end. */
  readonly last: WindowResult[] = [];
  private consumer: Consumer | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly log: PartitionedLog) {}

  async start(): Promise<void> {
    this.consumer = await this.log.consume(OUTPUT, 'results');
    this.running = this.run(this.consumer);
  }

  async stop(): Promise<void> {
    await this.consumer?.close();
    await this.running;
  }

  private async run(consumer: Consumer): Promise<void> {
    for await (const { topic, partition, offset, value } of consumer.messages()) {
      streamProcessor.recordKafkaMessageConsumed(topic, partition);
      this.last.push(JSON.parse(value) as WindowResult);
      if (this.last.length > MAX_RESULTS) this.last.shift();
      await consumer.commit(new Map([[partition, offset + 1]]));
    }
  }
}
