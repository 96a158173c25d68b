import { measure, type Timed } from 'meterbridge/instruments';
import { type ResultLabel, streamProcessor } from 'meterbridge/systems/stream-processor';
import { Deduplication } from './deduplication';
import { parseEvent, type SensorEvent } from './event';
import { Normalisation } from './normalisation';
import { type Consumer, LogFull, type Message, type PartitionedLog } from './partitioned-log';
import type { State } from './state';
import { Watermark } from './watermark';
import { type WindowResult, Windows } from './windows';

export const INPUT = 'readings';
export const OUTPUT = 'window-results';
const GROUP = 'stream-processor';

const OPERATORS = ['parse', 'filter', 'deduplicate', 'normalise', 'window', 'aggregate'] as const;
type Operator = (typeof OPERATORS)[number];

export interface PipelineOptions {
  readonly dedupCapacity: number;
  readonly checkpointMillis: number;
}

/** Reads events from the log, filters, deduplicates, normalises and windows them, and appends the results to the log. */
export class Pipeline {
  private readonly deduplication: Deduplication;
  private readonly normalisation = new Normalisation();
  private readonly watermark = new Watermark();
  private readonly windows: Windows;
  private consumer: Consumer | undefined;
  /** Up to which offset events were processed, by partition. */
  private done = new Map<number, number>();
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private checkpointing: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: PartitionedLog,
    private readonly state: State,
    private readonly options: PipelineOptions,
  ) {
    this.deduplication = new Deduplication(options.dedupCapacity);
    this.windows = new Windows(state);
  }

  async start(): Promise<void> {
    await this.windows.recover();
    await this.join();
    this.timer = setInterval(() => void this.checkpoint(), this.options.checkpointMillis);
    streamProcessor.setPipelineOperatorsActive(OPERATORS.length);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.leave();
    await this.checkpoint();
    streamProcessor.setPipelineOperatorsActive(0);
  }

  /**
   * Joins the group again as another member, as after a rebalance: the commit of the old member fails, and events that it
   * had not committed are processed again, which deduplication detects.
   */
  async rejoin(): Promise<void> {
    const [old, done] = [this.consumer, this.done];
    await this.leave();
    await this.join();
    if (old !== undefined) await this.commit(old, done);
  }

  /** Stores the state, and then up to which offset the input was processed. */
  checkpoint(): Promise<void> {
    this.checkpointing = this.checkpointing.then(async () => {
      const { consumer, done } = this;
      if (consumer === undefined) return;
      const offsets = new Map(done);
      await this.state.checkpoint();
      await this.commit(consumer, offsets);
      let waiting = 0;
      for (const [partition, lag] of await consumer.lag()) {
        streamProcessor.setKafkaConsumerLag(INPUT, partition, lag);
        waiting += lag;
      }
      streamProcessor.setBackpressureEvents(waiting);
      if (waiting === 0) streamProcessor.setPipelineLag(0);
      this.watermark.updateLag();
    });
    return this.checkpointing;
  }

  private async commit(consumer: Consumer, offsets: ReadonlyMap<number, number>): Promise<void> {
    try {
      await consumer.commit(offsets);
    } catch {
      for (const partition of offsets.keys()) streamProcessor.recordKafkaOffsetCommitError(INPUT, partition);
    }
  }

  private async join(): Promise<void> {
    const consumer = await this.log.consume(INPUT, GROUP);
    const done = new Map<number, number>();
    this.consumer = consumer;
    this.done = done;
    this.running = this.run(consumer, done);
  }

  private async leave(): Promise<void> {
    await this.consumer?.close();
    await this.running;
  }

  /** Processes one event after the other. The next one is fetched afterwards, so that a slow pipeline slows the log down. */
  private async run(consumer: Consumer, done: Map<number, number>): Promise<void> {
    for await (const message of consumer.messages()) {
      streamProcessor.recordKafkaMessageConsumed(message.topic, message.partition);
      await this.process(message);
      done.set(message.partition, message.offset + 1);
    }
  }

  private async process(message: Message): Promise<void> {
    streamProcessor.recordEventReceived();
    streamProcessor.setPipelineLag((Date.now() - message.producedAt) / 1000);
    let result: ResultLabel = 'error';
    await measure(
      async () => {
        try {
          result = await this.runOperators(message.value);
        } catch (error) {
          streamProcessor.recordPipelineError(error instanceof SyntaxError ? 'syntax' : 'processing');
        }
      },
      (seconds) => {
        streamProcessor.recordEventProcessed(result);
        streamProcessor.recordEventProcessingDuration(seconds, result);
      },
    );
  }

  private async runOperators(line: string): Promise<ResultLabel> {
    const event = await operate('parse', () => parseEvent(line));
    if (!(await operate('filter', () => isWanted(event)))) return 'filtered';
    if (await operate('deduplicate', () => this.deduplication.isDuplicate(event.id))) return 'dropped';
    const isLate = this.watermark.observe(event.time);
    if (isLate) return 'dropped';
    const readings = await operate('normalise', () => this.normalisation.apply(event));
    await operate('window', async () => {
      for (const reading of readings) await this.windows.add(reading);
    });
    for (const result of await operate('aggregate', () => this.windows.trigger(this.watermark.time))) {
      await this.emit(result);
    }
    return readings.length > 0 || event.value === null ? 'success' : 'dropped';
  }

  private async emit(result: WindowResult): Promise<void> {
    try {
      const partition = await this.log.produce(OUTPUT, result.sensor, JSON.stringify(result));
      streamProcessor.recordKafkaMessageProduced(OUTPUT, partition);
    } catch (error) {
      if (!(error instanceof LogFull)) throw error;
      streamProcessor.recordPipelineError('output_full');
    }
  }
}

function operate<R>(operator: Operator, work: () => R): Timed<R> {
  return measure(work, (seconds) => streamProcessor.recordOperatorDuration(operator, seconds));
}

/** Sensors under test are filtered out. */
function isWanted({ sensor }: SensorEvent): boolean {
  return !sensor.startsWith('test-');
}
